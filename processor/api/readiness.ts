import { within } from '#platform/deadline.ts'
import { messageOf } from '#platform/log-line.ts'
import { readLogState, warningsOf } from '../upkeep/log-state.ts'
import type { ApiDeps } from './deps.ts'

const LIMIT_MS = 2_000

export interface Readiness {
  /** Why the API cannot answer. */
  faults: string[]
  /** What the API does not need: the log, the groups of all processors, partitions that they cannot read, and dead letters. */
  warnings: string[]
}

/** Asks the store, the issuer of the tokens, and the log. */
export async function readiness({ log, store, topics, tokens, monitor }: ApiDeps): Promise<Readiness> {
  const [storeFaults, keysFault, warnings] = await Promise.all([
    storeFaultsOf(store),
    tokens.keysFault?.(),
    readLogState(log, topics).then(warningsOf, (error: unknown) => [`the log: ${messageOf(error)}`]),
  ])
  const unreadable = monitor ? monitor.unreadable.values() : []
  return { faults: [...storeFaults, ...(keysFault ? [keysFault] : [])], warnings: [...unreadable, ...warnings] }
}

async function storeFaultsOf(store: ApiDeps['store']): Promise<string[]> {
  const late = () => new Error(`no response within ${LIMIT_MS / 1000} s`)
  try {
    await within(LIMIT_MS, store.get('checkpoints', 'readiness'), late)
    return []
  } catch (error) {
    return [`the store: ${messageOf(error)}`]
  }
}
