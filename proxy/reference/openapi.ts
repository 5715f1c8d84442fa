import { LIMITS } from '../limits.ts'
import { listOf, oneOrMany, partition, ref, SCHEMAS, text } from './schemas.ts'

const json = (schema: object) => ({ 'application/json': { schema } })
const answer = (description: string, schema: object) => ({ description, content: json(schema) })
const inPath = (name: string, description: string) => ({ name, in: 'path', required: true, description, schema: text })
const inQuery = (name: string, description: string, schema: object = text) => ({
  name,
  in: 'query',
  description,
  schema,
})
const inHeader = (name: string, description: string, schema: object = text) => ({
  name,
  in: 'header',
  description,
  schema,
})

const TOPIC = inPath('topic', 'A topic that the log has.')
const GROUP = inPath('group', 'The consumer group.')
const INSTANCE = inPath('instance', 'The name of one consumer of the group.')
const TIMEOUT = inQuery('timeout', 'Milliseconds to wait for a message; 1000, at most 60000.', { type: 'integer' })
const ENCODING = [
  inHeader('Kafka-Encoding', '`base64`: keys, values and the values of headers are base64, and absent ones null.', {
    enum: ['text', 'base64'],
  }),
  inQuery('encoding', 'The same, for whoever cannot set headers.', { enum: ['text', 'base64'] }),
]
const SETTINGS = [
  inHeader('Kafka-Auto-Offset-Reset', 'Where a group begins that has committed nothing; latest.', {
    enum: ['latest', 'earliest', 'none'],
  }),
  inHeader('Kafka-Enable-Auto-Commit', 'Whether what was handed out is committed by itself; true.', {
    enum: ['true', 'false'],
  }),
  inHeader('Kafka-Auto-Commit-Interval', 'Milliseconds from a message to its commit; 5000.'),
  inHeader('Kafka-Session-Timeout-Ms', `Milliseconds without a call until the instance ends; ${LIMITS.idleMs}.`),
]

const REFUSALS: Record<number, string> = {
  400: 'Something in the request is wrong; nothing was done.',
  401: 'No credentials, or wrong ones.',
  403: 'The credential may not do that.',
  404: 'There is no such topic, group, instance or path.',
  409: 'A rebalance came first.',
  413: 'The body or a message is too large; nothing was written.',
  503: 'The log cannot be reached, or too much is under way; nothing was written.',
  504: 'The log did not answer in time: messages may have been written.',
}

const refusals = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        ...answer(REFUSALS[status]!, ref('Error')),
        ...(status >= 503
          ? { headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } }
          : {}),
      },
    ]),
  )

interface Operation {
  id: string
  summary: string
  parameters?: object[]
  body?: object
  ok: object
  fails: number[]
}

const operation = ({ id, summary, parameters = [], body, ok, fails }: Operation) => ({
  operationId: id,
  summary,
  parameters,
  ...(body ? { requestBody: { content: body } } : {}),
  responses: { 200: ok, ...refusals(...fails) },
})

/** The format takes either method, and a body with both; OpenAPI has no body on a GET. */
const either = (given: Operation) => {
  const { body: _, ...bare } = given
  return { post: operation(given), get: operation({ ...bare, id: `${given.id}ByGet` }) }
}

const PRODUCE = [400, 401, 403, 404, 413, 503, 504]
const READ = [400, 401, 403, 404, 503]
const READ_WITH_BODY = [400, 401, 403, 404, 413, 503]
const MESSAGES = answer(
  'Messages, in the order of each partition; none when the time was over.',
  listOf(ref('Message')),
)
const METADATA = answer('Where each message lies, in the order of the request.', listOf(ref('Metadata')))
const OFFSETS = answer('In the order of the request; -1 where there is nothing.', listOf(ref('Offset')))
const DONE = answer('Done.', ref('Success'))

/** Asked without credentials. */
const open = (id: string, summary: string, ok: object, fails: number[] = []) => ({
  get: { ...operation({ id, summary, ok, fails }), security: [] },
})

const PATHS = {
  '/produce': either({
    id: 'produce',
    summary: 'Writes messages, each to the topic it names. All is checked before anything is written.',
    parameters: ENCODING,
    body: json(oneOrMany(ref('Produced'))),
    ok: METADATA,
    fails: PRODUCE,
  }),
  '/produce/{topic}': either({
    id: 'produceToTopic',
    summary: 'Writes messages to one topic.',
    parameters: [TOPIC, ...ENCODING],
    body: json(oneOrMany(ref('Content'))),
    ok: METADATA,
    fails: PRODUCE,
  }),
  '/produce/{topic}/{message}': either({
    id: 'produceFromPath',
    summary: 'Writes the rest of the path as one message.',
    parameters: [TOPIC, inPath('message', 'The value; slashes belong to it.'), inQuery('key', 'Its key.'), ...ENCODING],
    ok: answer('Where it lies.', ref('Metadata')),
    fails: PRODUCE,
  }),
  '/webhook': either({
    id: 'webhook',
    summary: 'Writes the body as it is, with the headers that are not standard ones.',
    parameters: [
      { ...inQuery('topic', 'Where to.'), required: true },
      inQuery('user', 'The username, for whoever cannot send Basic credentials.'),
      inQuery('pass', 'The password.'),
    ],
    body: { '*/*': { schema: {} } },
    ok: answer('Where it lies.', ref('Metadata')),
    fails: PRODUCE,
  }),
  '/consume/{group}/{instance}': either({
    id: 'consume',
    summary: 'Hands out messages to an instance, which its first call makes.',
    parameters: [GROUP, INSTANCE, ...SETTINGS, ...ENCODING],
    body: json(ref('Consume')),
    ok: MESSAGES,
    fails: READ_WITH_BODY,
  }),
  '/consume/{group}/{instance}/{topic}': either({
    id: 'consumeTopic',
    summary: 'The same for one topic, without a body.',
    parameters: [GROUP, INSTANCE, TOPIC, TIMEOUT, ...SETTINGS, ...ENCODING],
    ok: MESSAGES,
    fails: READ,
  }),
  '/stream/{group}/{instance}/{topic}': {
    get: operation({
      id: 'stream',
      summary: 'Messages as server-sent events, as fast as they are read. `Last-Event-ID` resumes behind an event.',
      parameters: [
        GROUP,
        INSTANCE,
        TOPIC,
        inHeader('Last-Event-ID', 'The id of the last event that was received.'),
        inQuery('lastEventId', 'The same, for whoever cannot set headers.'),
        ...SETTINGS,
        ...ENCODING,
      ],
      ok: {
        description: 'Each event has a message as its data; an event named `error` is the last one.',
        content: { 'text/event-stream': { schema: text } },
      },
      fails: READ,
    }),
  },
  '/commit/{group}/{instance}': either({
    id: 'commit',
    summary: 'Commits the positions that are given, as they are; without any, all that was handed out.',
    parameters: [GROUP, INSTANCE],
    body: json({ oneOf: [ref('Position'), listOf(ref('Position'))] }),
    ok: DONE,
    fails: [...READ_WITH_BODY, 409],
  }),
  '/committed/{group}/{instance}': either({
    id: 'committed',
    summary: "The group's next offsets; -1 where nothing is committed.",
    parameters: [GROUP, INSTANCE, inQuery('timeout', 'Milliseconds to wait for the log.', { type: 'integer' })],
    body: json(oneOrMany(ref('Place'))),
    ok: OFFSETS,
    fails: READ_WITH_BODY,
  }),
  '/delete-consumer/{group}/{instance}': {
    post: operation({
      id: 'deleteConsumer',
      summary: 'Ends an instance.',
      parameters: [GROUP, INSTANCE],
      ok: DONE,
      fails: [401, 404, 503],
    }),
    delete: operation({
      id: 'deleteConsumerByDelete',
      summary: 'The same.',
      parameters: [GROUP, INSTANCE],
      ok: DONE,
      fails: [401, 404, 503],
    }),
  },
  '/fetch': either({
    id: 'fetch',
    summary: 'Messages from offsets on, without a group.',
    parameters: ENCODING,
    body: json(ref('Fetch')),
    ok: MESSAGES,
    fails: READ_WITH_BODY,
  }),
  '/offsets/{at}': either({
    id: 'offsets',
    summary: 'Offsets by time.',
    parameters: [
      inPath('at', '`earliest`, `latest`, or milliseconds since the epoch: the first message since then.'),
      inQuery('timeout', 'Milliseconds to wait for the log.', { type: 'integer' }),
    ],
    body: json(oneOrMany(ref('Place'))),
    ok: OFFSETS,
    fails: READ_WITH_BODY,
  }),
  '/topics': either({
    id: 'topics',
    summary: 'The topics that the credential may use, with their numbers of partitions.',
    ok: answer('By name.', { type: 'object', additionalProperties: partition }),
    fails: [401, 503],
  }),
  '/consumers': either({
    id: 'consumers',
    summary: 'The instances of this proxy, by group.',
    ok: answer('Groups.', listOf(ref('Group'))),
    fails: [401],
  }),
  '/healthz': open('healthz', 'The process goes on.', answer('It does.', {}), [503]),
  '/readyz': open('readyz', 'The log can be reached.', answer('It can.', {}), [503]),
  '/metrics': open('metrics', 'For Prometheus.', { description: 'Text.', content: { 'text/plain': { schema: text } } }),
  '/openapi.json': open('openapi', 'This document.', answer('OpenAPI 3.1.', {})),
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Reservoir proxy',
    version: '1.0.0',
    description: 'Kafka over HTTP, in the format of the Upstash REST API. Every answer is JSON, errors too.',
  },
  security: [{ basic: [] }],
  paths: PATHS,
  components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } }, schemas: SCHEMAS },
}
