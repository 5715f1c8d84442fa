import type { Logger } from '#platform/log-line.ts'
import type { Store } from '#store/store.ts'
import type { Propose } from '../propose.ts'
import type { Gateway } from './gateway.ts'

export interface BillingDeps {
  store: Store
  gateway: Gateway
  /** Sends the results to the decider. */
  propose: Propose
  logger: Pick<Logger, 'error'>
  /** Milliseconds since the epoch. */
  now: () => number
}
