import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { anyNumber, count, MOST, queryMs, topicPartitionOffset } from '../http/body.ts'
import type { Deps } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import type { Instance } from '../consumers/instance.ts'
import { messageJson } from '../consumers/message.ts'
import { badRequest } from '../http/errors.ts'
import { settingsOf } from '../consumers/instance-settings.ts'

const DEFAULT_WAIT_MS = 1000
export const MAX_WAIT_MS = 60_000

const consumeBody = z.object({
  topic: z.string().optional(),
  topics: z.array(z.string()).max(MOST).optional(),
  timeout: count.optional(),
})

const SUCCESS = { result: 'Success', status: 200 }

export function consumeRoutes({ topics: known, instances, bodies, waits }: Deps): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  routes.on(['GET', 'POST'], '/consume/:group/:instance/:topic', (c: Context<ProxyEnv>) => {
    return consume(c, [c.req.param('topic')!], queryMs(c, 'timeout', DEFAULT_WAIT_MS))
  })

  routes.on(['GET', 'POST'], '/consume/:group/:instance', async (c) => {
    const { topic, topics = [], timeout } = await bodies.parsed(c, consumeBody)
    const wanted = topic === undefined ? topics : [topic, ...topics]
    if (wanted.length === 0) throw badRequest('topic or topics is missing')
    return consume(c, [...new Set(wanted)], timeout ?? DEFAULT_WAIT_MS)
  })

  async function consume(c: Context<ProxyEnv>, topics: string[], waitMs: number): Promise<Response> {
    const [settings, encoding] = [settingsOf(c), encodingOf(c)]
    for (const topic of topics) await known.partitions(c.get('account'), 'consume', topic)
    const messages = await waits.hold(c, (signal) => {
      const instance = instances.open(c.get('account'), { ...namesOf(c), topics, settings })
      return instance.consume(Math.min(waitMs, MAX_WAIT_MS), signal)
    })
    // Nothing may mean that there is nothing, or that there is nobody to ask.
    if (messages.length === 0) await known.checkReachable()
    return c.json(messages.map((message) => messageJson(message, encoding)))
  }

  routes.on(['GET', 'POST'], '/commit/:group/:instance', async (c) => {
    const { group, name } = namesOf(c)
    const positions = await bodies.parsed(c, anyNumber(topicPartitionOffset))
    const instance = instances.get(c.get('account'), group, name)
    await known.check(c.get('account'), 'consume', positions)
    await (positions.length === 0 ? instance.commit() : instance.commitAt(positions))
    return c.json(SUCCESS)
  })

  routes.on(['POST', 'DELETE'], '/delete-consumer/:group/:instance', async (c) => {
    const { group, name } = namesOf(c)
    await instances.remove(c.get('account'), group, name)
    return c.json(SUCCESS)
  })

  routes.on(['GET', 'POST'], '/consumers', (c) => {
    const groups = Map.groupBy(instances.visible(c.get('account')), ({ options }) => options.group)
    return c.json(Array.from(groups, ([name, members]) => ({ name, instances: members.map(instanceJson) })))
  })

  return routes
}

export function namesOf(c: Context<ProxyEnv>): { group: string; name: string } {
  return { group: c.req.param('group')!, name: c.req.param('instance')! }
}

function instanceJson({ options, owned }: Instance) {
  const topics = Map.groupBy(owned, ({ topic }) => topic)
  return {
    name: options.name,
    topics: Array.from(topics, ([topic, owned]) => ({ topic, partitions: owned.map(({ partition }) => partition) })),
  }
}
