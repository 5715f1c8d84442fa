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
    const at = c.req.param('at')
    if (at !== 'earliest' && at !== 'latest') {
      throw badRequest(`offsets are known for earliest and latest, not yet by time: ${at}`)
    }
    const places = await readBody(c, oneOrMany(topicPartition), maxBodyBytes)
    await checkPartitions(log, places)
    const offsetOf = async ({ topic, partition }: { topic: string; partition: number }) => {
      const { first, end } = (await log.bounds(topic))[partition]!
      return { topic, partition, offset: at === 'earliest' ? first : end }
    }
    return c.json(await Promise.all(places.map(offsetOf)))
  })

  return routes
}
