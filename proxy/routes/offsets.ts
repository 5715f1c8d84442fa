import type { Context } from 'hono'
import type { Log } from '#log/log.ts'
import { MAX_ITEMS, oneOrMore, queryMs, topicPartition } from '../http/body.ts'
import type { Dependencies } from '../http/dependencies.ts'
import type { ProxyEnv } from '../http/env.ts'
import { badRequest, unavailable } from '../http/errors.ts'
import {
  GROUP,
  inPath,
  INSTANCE,
  json,
  LOG_TIMEOUT,
  OFFSETS,
  READ_WITH_BODY_ERRORS,
  response,
} from '../reference/parts.ts'
import { oneOrMany, partition, ref } from '../reference/schemas.ts'
import { within } from '#platform/deadline.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import type { Route } from './route.ts'

export const offsetRoutes = (dependencies: Dependencies): Route[] => [
  {
    methods: ['POST', 'GET'],
    path: '/topics',
    docs: {
      operationId: 'topics',
      summary: 'List the topics that the account may use.',
      success: response('Numbers of partitions by topic.', { type: 'object', additionalProperties: partition }),
      errors: [400, 401, 429, 503],
    },
    handle: async (c) => {
      const topics = await dependencies.topics.all()
      return c.json(Object.fromEntries([...topics].filter(([topic]) => c.get('account').maySee(topic))))
    },
  },
  {
    methods: ['POST', 'GET'],
    path: '/offsets/:at',
    operation: 'consume',
    docs: {
      operationId: 'offsets',
      summary: 'Look up offsets by time.',
      parameters: [
        inPath(
          'at',
          '`earliest`, `latest` (the end), or milliseconds since the epoch. A time returns the offset of the first message at ' +
            'or after it, or the end if there is none.',
          { type: 'string', pattern: '^(earliest|latest|[0-9]{1,15})$' },
        ),
        LOG_TIMEOUT,
      ],
      body: json(oneOrMany(ref('TopicPartition'), MAX_ITEMS)),
      success: OFFSETS,
      errors: READ_WITH_BODY_ERRORS,
    },
    handle: (c) => answerOffsets(c, dependencies, offsetsAt(dependencies.log, c.req.param('at')!)),
  },
  {
    methods: ['POST', 'GET'],
    path: '/committed/:group/:instance',
    operation: 'consume',
    docs: {
      operationId: 'committed',
      summary: "Look up a group's committed offsets.",
      description: 'The offset is that of the next message to read; -1 where nothing is committed.',
      parameters: [GROUP, INSTANCE, LOG_TIMEOUT],
      body: json(oneOrMany(ref('TopicPartition'), MAX_ITEMS)),
      success: OFFSETS,
      errors: READ_WITH_BODY_ERRORS,
    },
    handle: (c) => {
      const group = c.req.param('group')!
      return answerOffsets(c, dependencies, (topic) => dependencies.log.committed(group, topic))
    },
  },
]

/** Offsets of all partitions of a topic, ordered by partition. */
type Offsets = (topic: string) => Promise<number[]>

/** Asks the log once per topic; the response has the order of the request. */
async function answerOffsets(
  c: Context<ProxyEnv>,
  { bodies, topics }: Dependencies,
  offsetsOf: Offsets,
): Promise<Response> {
  const limitMs = Math.min(queryMs(c, 'timeout', LOG_LIMIT_MS), LOG_LIMIT_MS)
  const partitions = await bodies.parsed(c, oneOrMore(topicPartition))
  await topics.check(c.get('account'), 'consume', partitions)
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const looking = Promise.all(names.map(async (topic) => [topic, await offsetsOf(topic)] as const))
  const found = new Map(await within(limitMs, looking, () => unavailable('the log did not answer in time')))
  return c.json(partitions.map(({ topic, partition }) => ({ topic, partition, offset: found.get(topic)![partition]! })))
}

function offsetsAt(log: Log, at: string): Offsets {
  if (at === 'earliest') return async (topic) => (await log.bounds(topic)).map(({ first }) => first)
  if (at === 'latest') return async (topic) => (await log.bounds(topic)).map(({ end }) => end)
  if (/^\d{1,15}$/.test(at)) return (topic) => log.since(topic, Number(at))
  throw badRequest(`the time must be earliest, latest or milliseconds since the epoch, not ${at}`)
}
