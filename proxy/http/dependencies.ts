import type { Log } from '#log/log.ts'
import type { Credentials } from '../accounts/account.ts'
import type { HeldRequests } from '../consumers/held-requests.ts'
import type { Reads } from '../consumers/reads.ts'
import type { Instances } from '../consumers/instances.ts'
import type { Limits } from '../limits.ts'
import type { Producer } from '../produce/producer.ts'
import type { TopicAvailability } from '../topics.ts'
import type { Metrics } from '../upkeep/metrics.ts'
import type { StalledCalls } from '../upkeep/stalled-calls.ts'
import type { BodyReader } from './body.ts'
import type { RequestMemory } from './request-memory.ts'

/** The parts that the routes share. */
export interface Dependencies {
  log: Log
  topics: TopicAvailability
  bodies: BodyReader
  memory: RequestMemory
  reads: Reads
  limits: Limits
  producer: Producer
  instances: Instances
  heldRequests: HeldRequests
  metrics: Metrics
  stalledCalls: StalledCalls
  /** Why the proxy should get no requests although the log is reachable; `undefined` if it should. */
  notReady: () => string | undefined
  /** The reference page fills them in. */
  knownCredentials: Credentials | undefined
  /** Clock for messages without a timestamp. */
  now: () => number
}
