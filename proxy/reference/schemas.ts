import { DEFAULT_WAIT_MS, MAX_ITEMS, MAX_POSITIONS, MAX_WAIT_MS } from '../http/body.ts'
import { LOG_ERROR_CODES } from '../http/errors.ts'

/** The bodies of the format, as JSON Schema. */
export const text = { type: 'string' }
const integer = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
export const partition = integer
const topic = { type: 'string', description: 'Name of an existing topic that the account may use.' }
const offset = integer
const timestamp = { ...integer, description: 'Milliseconds since the epoch.' }
const nullableText = { type: ['string', 'null'] }

export const object = (properties: Record<string, object>, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
})

export const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` })
export const listOf = (items: object) => ({ type: 'array', items })
export const oneOrMany = (item: object, maxItems?: number) => ({
  oneOf: [item, { ...listOf(item), minItems: 1, ...(maxItems !== undefined && { maxItems }) }],
})
/** In a request, null means that an optional field is absent. */
const optional = ({ type, description, ...rest }: { type: string; description?: string }) => ({
  ...(description !== undefined && { description }),
  anyOf: [{ type, ...rest }, { type: 'null' }],
})
const absent = { type: 'null' }

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const content = {
  value: { ...nullableText, description: 'Text, or base64 with `Kafka-Encoding: base64`. `null` writes a tombstone.' },
  key: {
    ...nullableText,
    description: 'Text, or base64 with `Kafka-Encoding: base64`. Messages with the same key go to the same partition.',
  },
  partition: optional({
    ...partition,
    description: 'Default: the partition of the key; without a key, one partition per request in turn.',
  }),
  timestamp: optional({ ...timestamp, description: 'Milliseconds since the epoch. Default: now.' }),
  headers: optional({
    ...listOf(schema('Header')),
    description: 'Message headers in order. A key may occur more than once.',
  }),
}

const position = { topic, partition, offset }
const positions = { ...listOf(schema('TopicPartitionOffset')), maxItems: MAX_POSITIONS }
const topics = { ...listOf(topic), maxItems: MAX_ITEMS }
const wait = optional({
  ...integer,
  description: `Milliseconds to wait for a message. Default ${DEFAULT_WAIT_MS}; longer waits than ${MAX_WAIT_MS} are shortened.`,
})

export const SCHEMAS = {
  Error: object(
    {
      error: { ...text, description: 'Message for people; the same as `detail`.' },
      type: { const: 'about:blank', description: 'The status says what kind of problem it is (RFC 9457).' },
      title: text,
      detail: text,
      status: { type: 'integer', description: 'HTTP status.' },
      code: { enum: LOG_ERROR_CODES, description: 'Why the log rejected the request, if it did. Stable.' },
      result: text,
      messages: {
        ...listOf({ oneOf: [schema('Metadata'), schema('FailedDelivery')] }),
        description: 'Outcome of each message, if the request was sent and not all messages were written.',
      },
    },
    'error',
    'status',
  ),
  FailedDelivery: object(
    {
      topic,
      partition,
      error: text,
      written: { enum: ['no', 'perhaps'], description: '`perhaps`: the outcome is unknown.' },
    },
    'topic',
    'error',
    'written',
  ),
  Success: object({ result: { const: 'Success' }, status: { const: 200 } }, 'result', 'status'),
  Header: object(
    { key: text, value: { ...nullableText, description: 'As the value of a message; `null` if it is absent.' } },
    'key',
    'value',
  ),
  Content: object(content, 'value'),
  OutgoingMessage: object({ topic, ...content }, 'topic', 'value'),
  Metadata: object({ ...position, timestamp }, 'topic', 'partition', 'offset', 'timestamp'),
  Message: object(
    { ...position, timestamp, key: nullableText, value: nullableText, headers: listOf(schema('Header')) },
    'topic',
    'partition',
    'offset',
    'timestamp',
    'key',
    'value',
    'headers',
  ),
  TopicPartition: object({ topic, partition }, 'topic', 'partition'),
  TopicPartitionOffset: object(position, 'topic', 'partition', 'offset'),
  Offset: object(
    { topic, partition, offset: { type: 'integer', minimum: -1, description: '-1 if there is none.' } },
    'topic',
    'partition',
    'offset',
  ),
  FetchRequest: {
    description: 'One position, a list of positions, or both.',
    anyOf: [
      object(
        { ...position, topicPartitionOffsets: optional(positions), timeout: wait },
        'topic',
        'partition',
        'offset',
      ),
      object(
        {
          topic: absent,
          partition: absent,
          offset: absent,
          topicPartitionOffsets: { ...positions, minItems: 1 },
          timeout: wait,
        },
        'topicPartitionOffsets',
      ),
    ],
  },
  ConsumeRequest: {
    description: 'One topic, a list of topics, or both.',
    anyOf: [
      object({ topic, topics: optional(topics), timeout: wait }, 'topic'),
      object({ topic: optional(topic), topics: { ...topics, minItems: 1 }, timeout: wait }, 'topics'),
    ],
  },
  Group: object(
    {
      name: text,
      instances: listOf(
        object({ name: text, topics: listOf(object({ topic, partitions: listOf(partition) })) }, 'name', 'topics'),
      ),
    },
    'name',
    'instances',
  ),
  Health: object(
    {
      status: { enum: ['ok', 'failing'] },
      service: { const: 'proxy' },
      faults: listOf(text),
      warnings: listOf(text),
    },
    'status',
    'service',
    'faults',
    'warnings',
  ),
}
