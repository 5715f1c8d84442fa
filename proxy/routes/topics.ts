import { Hono } from 'hono'
import type { Log } from '#log/log.ts'
import { oneOrMany, readBody, topicPartition } from '../body.ts'
import { badRequest } from '../problem.ts'
import { checkPartitions } from '../topics.ts'

export function topicRoutes({ log, maxBodyBytes }: { log: Log; maxBodyBytes: number }): Hono {
  const routes = new Hono({ strict: false })

  routes.get('/topics', async (c) => {
    const topics = await log.topics()
    return c.json(Object.fromEntries(topics.map(({ topic, partitions }) => [topic, partitions])))
  })

  routes.on(['GET', 'POST'], '/offsets/:at', async (c) => {
    const offsetsOf = asked(c.req.param('at'))
    const places = await readBody(c, oneOrMany(topicPartition), maxBodyBytes)
    await checkPartitions(log, places)
    const names = [...new Set(places.map(({ topic }) => topic))]
    const found = new Map(await Promise.all(names.map(async (topic) => [topic, await offsetsOf(log, topic)] as const)))
    return c.json(places.map(({ topic, partition }) => ({ topic, partition, offset: found.get(topic)![partition]! })))
  })

  return routes
}

type Offsets = (log: Log, topic: string) => Promise<number[]>

const BOUNDARIES: Record<string, Offsets> = {
  earliest: async (log, topic) => (await log.bounds(topic)).map(({ first }) => first),
  latest: async (log, topic) => (await log.bounds(topic)).map(({ end }) => end),
}

/** Where nothing is as young as the instant, the end. */
function asked(at: string): Offsets {
  const boundary = Object.hasOwn(BOUNDARIES, at) ? BOUNDARIES[at] : undefined
  if (boundary) return boundary
  if (/^\d{1,15}$/.test(at)) return (log, topic) => log.since(topic, Number(at))
  throw badRequest(`${at} is neither earliest nor latest nor milliseconds since the epoch`)
}
