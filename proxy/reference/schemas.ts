/** The bodies of the format, as JSON Schema. */
const text = { type: 'string' }
const topic = { type: 'string', description: 'A topic that the log has and the credential may use.' }
const partition = { type: 'integer', minimum: 0 }
const offset = { type: 'integer', minimum: 0 }
const timestamp = { type: 'integer', minimum: 0, description: 'Milliseconds since the epoch.' }
const nullableText = { type: ['string', 'null'] }

const object = (properties: Record<string, object>, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
})

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const listOf = (items: object) => ({ type: 'array', items })
const oneOrMany = (one: object) => ({ oneOf: [one, { ...listOf(one), minItems: 1 }] })

const content = {
  value: { ...nullableText, description: '`null` is a tombstone. In base64 if the request says so.' },
  key: { ...nullableText, description: 'Messages of a key go to one partition. In base64 if the request says so.' },
  partition: { ...partition, description: 'Otherwise the key chooses, or anything.' },
  timestamp: { ...timestamp, description: 'Milliseconds since the epoch; now, if absent.' },
  headers: { ...listOf(ref('Header')), description: 'In order; a key may repeat.' },
}

const position = { topic, partition, offset }

const SCHEMAS = {
  Error: object(
    {
      error: { ...text, description: 'For people.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      result: text,
      messages: {
        ...listOf({ oneOf: [ref('Metadata'), ref('Unwritten')] }),
        description: 'What became of each message of a batch of which something was sent.',
      },
    },
    'error',
    'status',
  ),
  Unwritten: object(
    { topic, partition, error: text, written: { enum: ['no', 'perhaps'] } },
    'topic',
    'error',
    'written',
  ),
  Success: object({ result: { const: 'Success' }, status: { const: 200 } }, 'result', 'status'),
  Header: object({ key: text, value: text }, 'key', 'value'),
  Content: object(content, 'value'),
  Produced: object({ topic, ...content }, 'topic', 'value'),
  Metadata: object({ ...position, timestamp }, 'topic', 'partition', 'offset', 'timestamp'),
  Message: object(
    { ...position, timestamp, key: nullableText, value: nullableText, headers: listOf(ref('Header')) },
    'topic',
    'partition',
    'offset',
    'timestamp',
    'key',
    'value',
    'headers',
  ),
  Place: object({ topic, partition }, 'topic', 'partition'),
  Position: object(position, 'topic', 'partition', 'offset'),
  Offset: object({ topic, partition, offset: { type: 'integer', minimum: -1 } }, 'topic', 'partition', 'offset'),
  Fetch: object({ ...position, topicPartitionOffsets: listOf(ref('Position')), timeout: offset }),
  Consume: object({ topic, topics: listOf(topic), timeout: offset }),
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
}

export { listOf, object, oneOrMany, partition, ref, SCHEMAS, text }
