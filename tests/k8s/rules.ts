import { environment } from './environment.ts'
import { hardening } from './hardening.ts'
import { network } from './network.ts'
import { probes } from './probes.ts'
import { references } from './references.ts'
import type { Resource } from './resource.ts'
import { selectors } from './selectors.ts'

/** What no schema knows: a sentence for each breach. `byHand` is what is not in the manifests: `Kind name key`. */
export const breachesIn = (resources: readonly Resource[], byHand: readonly string[]): string[] => [
  ...references(resources, byHand),
  ...selectors(resources),
  ...network(resources),
  ...environment(resources),
  ...probes(resources),
  ...hardening(resources),
]
