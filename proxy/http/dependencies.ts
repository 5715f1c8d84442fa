import type { Log } from '#log/log.ts'
import type { Bodies } from './body.ts'
import type { Instances } from '../consumers/instances.ts'
import type { Metrics } from '../upkeep/metrics.ts'
import type { Produce } from '../produce/producer.ts'
import type { Topics } from '../topics.ts'
import type { Waits } from '../consumers/held-requests.ts'

/** What the routes are made of. */
export interface Deps {
  log: Log
  topics: Topics
  bodies: Bodies
  produce: Produce
  instances: Instances
  waits: Waits
  metrics: Metrics
  /** The clock for messages without a timestamp. */
  now: () => number
}
