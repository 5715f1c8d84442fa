import { environment } from './environment.ts'
import { hardening } from './hardening.ts'
import { network } from './network.ts'
import { probes } from './probes.ts'
import { references } from './references.ts'
import { published } from './published.ts'
import type { Resource } from './resource.ts'
import { selectors } from './selectors.ts'

/**
 * Checks the rules of this project. Returns a sentence for each breach.
 * @param manualKeys keys that operators create by hand, as `Kind name key`
 */
export const breachesIn = (resources: readonly Resource[], manualKeys: readonly string[]): string[] => [
  ...references(resources, manualKeys),
  ...selectors(resources),
  ...network(resources),
  ...published(resources),
  ...environment(resources),
  ...probes(resources),
  ...hardening(resources),
]
