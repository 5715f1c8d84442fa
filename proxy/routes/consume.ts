import type { Context } from 'hono'
import { z } from 'zod'
import { instanceSettingsOf } from '../consumers/instance-settings.ts'
import { messageJson } from '../consumers/message.ts'
import { DEFAULT_WAIT_MS, MAX_ITEMS, MAX_WAIT_MS, nonNegativeInteger, queryMs, TOO_MANY } from '../http/body.ts'
import type { Dependencies } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import { badRequest } from '../http/errors.ts'
import {
  ENCODING,
  GROUP,
  INSTANCE,
  INSTANCE_SETTINGS,
  json,
  MESSAGES,
  READ_ERRORS,
  READ_WITH_BODY_ERRORS,
  TOPIC,
  WAIT_TIMEOUT,
} from '../reference/parts.ts'
import { ref } from '../reference/schemas.ts'
import { ANSWER_MS, answered } from '../upkeep/log-deadline.ts'
import type { Route } from './route.ts'

const ConsumeBody = z.object({
  topic: z.string().optional(),
  topics: z.array(z.string()).max(MAX_ITEMS, TOO_MANY).optional(),
  timeout: nonNegativeInteger.optional(),
})

const description =
  'The first call creates the instance, which joins the group and keeps its partitions between calls. Each message is ' +
  'returned once; uncommitted messages are redelivered to the next instance. The instance closes when it is idle.'

export const consumeRoutes = (dependencies: Dependencies): Route[] => [
  {
    methods: ['POST', 'GET'],
    path: '/consume/:group/:instance',
    operation: 'consume',
    docs: {
      operationId: 'consume',
      summary: 'Read the next messages of a consumer group.',
      description,
      parameters: [GROUP, INSTANCE, ...INSTANCE_SETTINGS, ...ENCODING],
      body: json(ref('ConsumeRequest')),
      success: MESSAGES,
      errors: READ_WITH_BODY_ERRORS,
    },
    handle: async (c) => {
      const { topic, topics = [], timeout } = await dependencies.bodies.parsed(c, ConsumeBody)
      const all = topic === undefined ? topics : [topic, ...topics]
      if (all.length === 0) throw badRequest('topic or topics is missing')
      return consume(c, dependencies, [...new Set(all)], timeout ?? DEFAULT_WAIT_MS)
    },
  },
  {
    methods: ['POST', 'GET'],
    path: '/consume/:group/:instance/:topic',
    operation: 'consume',
    docs: {
      operationId: 'consumeTopic',
      summary: 'Read the next messages of one topic for a consumer group.',
      description,
      parameters: [GROUP, INSTANCE, TOPIC, WAIT_TIMEOUT, ...INSTANCE_SETTINGS, ...ENCODING],
      success: MESSAGES,
      errors: READ_ERRORS,
    },
    handle: (c) => consume(c, dependencies, [c.req.param('topic')!], queryMs(c, 'timeout', DEFAULT_WAIT_MS)),
  },
]

async function consume(
  c: Context<ProxyEnv>,
  { topics: knownTopics, instances, heldRequests, memory, limits }: Dependencies,
  topics: string[],
  waitMs: number,
): Promise<Response> {
  const [settings, encoding] = [instanceSettingsOf(c, limits.clientMs), encodingOf(c)]
  const until = performance.now() + Math.min(waitMs, MAX_WAIT_MS) + ANSWER_MS
  const inTime = <T>(work: Promise<T>): Promise<T> => answered(work, until - performance.now())
  for (const topic of topics) await inTime(knownTopics.partitions(c.get('account'), 'consume', topic))
  const messages = await heldRequests.hold(c, (signal) => {
    const instance = instances.open(c.get('account'), { ...instanceIn(c), topics, settings })
    return instance.consume(Math.min(waitMs, MAX_WAIT_MS), signal, memory.roomOf(c))
  })
  // An empty response would hide an unreachable log.
  if (messages.length === 0) await inTime(knownTopics.checkReachable())
  return c.json(messages.map((message) => messageJson(message, encoding)))
}

/** The instance that the path names. */
export function instanceIn(c: Context<ProxyEnv>): { group: string; name: string } {
  return { group: c.req.param('group')!, name: c.req.param('instance')! }
}
