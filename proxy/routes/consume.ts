import { Hono, type Context } from 'hono'
import { z } from 'zod'
import type { Log } from '#log/log.ts'
import { anyNumber, count, oneOrMany, queryMs, readBody, topicPartition, topicPartitionOffset } from '../body.ts'
import type { Instance, InstanceSettings } from '../instance.ts'
import type { Instances } from '../instances.ts'
import { messageJson } from '../message.ts'
import { badRequest } from '../problem.ts'
import { checkPartitions } from '../topics.ts'

const DEFAULT_WAIT_MS = 1000
const MAX_WAIT_MS = 60_000
const DEFAULT_AUTO_COMMIT_MS = 5000

const consumeBody = z.object({
  topic: z.string().optional(),
  topics: z.array(z.string()).optional(),
  timeout: count.optional(),
})

const SUCCESS = { result: 'Success', status: 200 }

export function consumeRoutes(deps: { log: Log; instances: Instances; maxBodyBytes: number }): Hono {
  const { log, instances, maxBodyBytes } = deps
  const routes = new Hono({ strict: false })

  routes.get('/consume/:group/:instance/:topic', (c) => {
    return consume(c, [c.req.param('topic')], queryMs(c, 'timeout', DEFAULT_WAIT_MS))
  })

  routes.on(['GET', 'POST'], '/consume/:group/:instance', async (c) => {
    const { topic, topics = [], timeout } = await readBody(c, consumeBody, maxBodyBytes)
    const wanted = topic === undefined ? topics : [topic, ...topics]
    if (wanted.length === 0) throw badRequest('topic or topics is missing')
    return consume(c, [...new Set(wanted)], timeout ?? DEFAULT_WAIT_MS)
  })

  async function consume(c: Context, topics: string[], waitMs: number): Promise<Response> {
    const { group, instance: name } = namesOf(c)
    const instance = instances.open(group, name, topics, settingsOf(c))
    const messages = await instance.consume(Math.min(waitMs, MAX_WAIT_MS))
    return c.json(messages.map(messageJson))
  }

  routes.on(['GET', 'POST'], '/commit/:group/:instance', async (c) => {
    const { group, instance: name } = namesOf(c)
    const positions = await readBody(c, anyNumber(topicPartitionOffset), maxBodyBytes)
    const instance = instances.get(group, name)
    await checkPartitions(log, positions)
    await (positions.length === 0 ? instance.commit() : instance.commitAt(positions))
    return c.json(SUCCESS)
  })

  routes.on(['GET', 'POST'], '/committed/:group/:instance', async (c) => {
    const places = await readBody(c, oneOrMany(topicPartition), maxBodyBytes)
    await checkPartitions(log, places)
    const offsetOf = async ({ topic, partition }: z.output<typeof topicPartition>) => {
      const offsets = await log.committed(namesOf(c).group, topic)
      return { topic, partition, offset: offsets[partition]! }
    }
    return c.json(await Promise.all(places.map(offsetOf)))
  })

  routes.on(['POST', 'DELETE'], '/delete-consumer/:group/:instance', async (c) => {
    const { group, instance } = namesOf(c)
    await instances.remove(group, instance)
    return c.json(SUCCESS)
  })

  routes.get('/consumers', (c) => {
    const groups = Map.groupBy(instances.all(), ({ options }) => options.group)
    return c.json(Array.from(groups, ([name, members]) => ({ name, instances: members.map(instanceJson) })))
  })

  return routes
}

function namesOf(c: Context): { group: string; instance: string } {
  return { group: c.req.param('group')!, instance: c.req.param('instance')! }
}

function instanceJson({ options, owned }: Instance) {
  const topics = Map.groupBy(owned, ({ topic }) => topic)
  return {
    name: options.name,
    topics: Array.from(topics, ([topic, owned]) => ({ topic, partitions: owned.map(({ partition }) => partition) })),
  }
}

function settingsOf(c: Context): InstanceSettings {
  return {
    autoCommit: choice(c, 'Kafka-Enable-Auto-Commit', ['true', 'false'] as const) === 'true',
    autoCommitMs: headerMs(c, 'Kafka-Auto-Commit-Interval', DEFAULT_AUTO_COMMIT_MS),
    reset: choice(c, 'Kafka-Auto-Offset-Reset', ['latest', 'earliest', 'none'] as const),
  }
}

/** One of the values; the first if the header is absent. */
function choice<T extends string>(c: Context, name: string, values: readonly [T, ...T[]]): T {
  const text = c.req.header(name)?.toLowerCase() ?? values[0]
  const value = values.find((each) => each === text)
  if (value === undefined) throw badRequest(`${name} is ${values.join(' or ')}, not ${text}`)
  return value
}

function headerMs(c: Context, name: string, defaultMs: number): number {
  const text = c.req.header(name) ?? String(defaultMs)
  if (!/^[1-9]\d{0,8}$/.test(text)) throw badRequest(`${name} is a number of milliseconds, not ${text}`)
  return Number(text)
}
