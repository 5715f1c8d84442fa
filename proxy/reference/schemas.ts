import { LOG_ERROR_CODES } from '../http/errors.ts'

/** The bodies of the format, as JSON Schema. */
export const text = { type: 'string' }
export const partition = { type: 'integer', minimum: 0 }
const topic = { type: 'string', description: 'Name of an existing topic that the account may use.' }
const offset = { type: 'integer', minimum: 0 }
const timestamp = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' }
const nullableText = { type: ['string', 'null'] }

export const object = (properties: Record<string, object>, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
})

export const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` })
export const listOf = (items: object) => ({ type: 'array', items })
export const oneOrMany = (item: object) => ({ oneOf: [item, { ...listOf(item), minItems: 1 }] })

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const content = {
  value: { ...nullableText, description: 'Text, or base64 with `Kafka-Encoding: base64`. `null` writes a tombstone.' },
  key: {
    ...nullableText,
    description: 'Text, or base64 with `Kafka-Encoding: base64`. Messages with the same key go to the same partition.',
  },
  partition: {
    ...partition,
    description: 'Default: the partition of the key; without a key, one partition per request in turn.',
  },
  timestamp: { ...timestamp, description: 'Milliseconds since the epoch. Default: now.' },
  headers: { ...listOf(schema('Header')), description: 'Message headers in order. A key may occur more than once.' },
}

const position = { topic, partition, offset }

export const SCHEMAS = {
  Error: object(
    {
      error: { ...text, description: 'Message for people.' },
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
  FetchRequest: object({
    ...position,
    topicPartitionOffsets: listOf(schema('TopicPartitionOffset')),
    timeout: { ...offset, description: 'Milliseconds to wait for a message. Default 1000, maximum 60000.' },
  }),
  ConsumeRequest: object({
    topic,
    topics: listOf(topic),
    timeout: { ...offset, description: 'Milliseconds to wait for a message. Default 1000, maximum 60000.' },
  }),
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
    { status: { enum: ['ok', 'failing'] }, service: { const: 'proxy' }, faults: listOf(text) },
    'status',
    'service',
    'faults',
  ),
}
