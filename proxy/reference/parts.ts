import { DEFAULT_AUTO_COMMIT_MS } from '../consumers/instance-settings.ts'
import { DEFAULT_WAIT_MS, MAX_WAIT_MS } from '../http/body.ts'
import { LIMITS } from '../limits.ts'
import type { Parameter } from '../routes/route.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import { listOf, ref, text } from './schemas.ts'

/** What several routes document alike: parameters, bodies and responses. */

export const json = (schema: object) => ({ 'application/json': { schema } })
export const response = (description: string, schema: object) => ({ description, content: json(schema) })

export const inPath = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
})

export const inQuery = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
})

export const inHeader = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'header',
  description,
  schema,
})

const milliseconds = { type: 'integer', minimum: 0, maximum: 999_999_999 }
const clientMs = { type: 'integer', minimum: 1, maximum: LIMITS.clientMs }
const encodings = { enum: ['text', 'base64'], default: 'text' }

export const TOPIC = inPath('topic', 'Name of an existing topic.')
export const GROUP = inPath(
  'group',
  'Name of a consumer group that the account may use. Groups named booking-* are reserved.',
)
export const INSTANCE = inPath('instance', 'Name of the consumer instance within its group.')
export const WAIT_TIMEOUT = inQuery(
  'timeout',
  `Milliseconds to wait for a message. Longer waits than ${MAX_WAIT_MS} are shortened.`,
  {
    ...milliseconds,
    default: DEFAULT_WAIT_MS,
  },
)
export const LOG_TIMEOUT = inQuery(
  'timeout',
  'Milliseconds to wait for the log. Values above the default have no effect.',
  {
    ...milliseconds,
    default: LOG_LIMIT_MS,
  },
)

export const ENCODING = [
  inHeader(
    'Kafka-Encoding',
    'Encoding of keys, values and header values. With `base64`, absent ones are `null`.',
    encodings,
  ),
  inQuery('encoding', 'As Kafka-Encoding, for clients that cannot set headers.', encodings),
]

export const INSTANCE_SETTINGS = [
  inHeader('Kafka-Auto-Offset-Reset', 'Where a group without a committed offset starts. `none` rejects such a group.', {
    enum: ['latest', 'earliest', 'none'],
    default: 'latest',
  }),
  inHeader('Kafka-Enable-Auto-Commit', 'Whether delivered messages are committed automatically.', {
    enum: ['true', 'false'],
    default: 'true',
  }),
  inHeader('Kafka-Auto-Commit-Interval', 'Milliseconds between a delivery and its automatic commit.', {
    ...clientMs,
    default: DEFAULT_AUTO_COMMIT_MS,
  }),
  inHeader('Kafka-Session-Timeout-Ms', 'Milliseconds without a call until the proxy closes the instance.', {
    ...clientMs,
    default: LIMITS.idleMs,
  }),
]

export const MESSAGES = response(
  'Messages in offset order per partition; an empty list after the timeout.',
  listOf(ref('Message')),
)
export const METADATA = response('Position of each message, in request order.', listOf(ref('Metadata')))
export const OFFSETS = response('One offset per partition, in request order.', listOf(ref('Offset')))
export const SUCCESS = response('Done.', ref('Success'))

/** Error statuses by kind of route. */
export const PRODUCE_ERRORS = [400, 401, 403, 404, 413, 415, 429, 503, 504]
export const READ_ERRORS = [400, 401, 403, 404, 422, 429, 503]
export const READ_WITH_BODY_ERRORS = [400, 401, 403, 404, 413, 415, 422, 429, 503]
