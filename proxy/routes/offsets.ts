import { Hono } from 'hono'
import type { z } from 'zod'
import type { Log } from '#log/log.ts'
import { oneOrMany, queryMs, topicPartition } from '../http/body.ts'
import type { Deps } from '../http/dependencies.ts'
import type { ProxyEnv } from '../http/env.ts'
import { LOG_LIMIT_MS, within } from '../upkeep/patient-log.ts'
import { badRequest, busy } from '../http/errors.ts'

type Place = z.output<typeof topicPartition>

/** Offsets of each partition of a topic, by partition. */
type Offsets = (topic: string) => Promise<number[]>

export function offsetRoutes({ log, topics: known, bodies }: Deps): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  routes.on(['GET', 'POST'], '/topics', async (c) => {
    const account = c.get('account')
    const topics = [...(await known.all())].filter(([topic]) => account.maySee(topic))
    return c.json(Object.fromEntries(topics))
  })

  routes.on(['GET', 'POST'], '/offsets/:at', async (c) => {
    const offsetsOf = asked(log, c.req.param('at'))
    const limitMs = limitOf(queryMs(c, 'timeout', LOG_LIMIT_MS))
    const places = await bodies.parsed(c, oneOrMany(topicPartition))
    await known.check(c.get('account'), 'consume', places)
    return c.json(await within(limitMs, offsetsAt(places, offsetsOf), tooLate))
  })

  routes.on(['GET', 'POST'], '/committed/:group/:instance', async (c) => {
    const { group } = c.req.param()
    const limitMs = limitOf(queryMs(c, 'timeout', LOG_LIMIT_MS))
    const places = await bodies.parsed(c, oneOrMany(topicPartition))
    await known.check(c.get('account'), 'consume', places)
    const committed = offsetsAt(places, (topic) => log.committed(group, topic))
    return c.json(await within(limitMs, committed, tooLate))
  })

  return routes
}

/** One question per topic, however many of its partitions are asked for; answered in the order of the request. */
async function offsetsAt(places: readonly Place[], offsetsOf: Offsets) {
  const names = [...new Set(places.map(({ topic }) => topic))]
  const found = new Map(await Promise.all(names.map(async (topic) => [topic, await offsetsOf(topic)] as const)))
  return places.map(({ topic, partition }) => ({ topic, partition, offset: found.get(topic)![partition]! }))
}

/** Where nothing is as young as the instant, the end. */
function asked(log: Log, at: string): Offsets {
  if (at === 'earliest') return async (topic) => (await log.bounds(topic)).map(({ first }) => first)
  if (at === 'latest') return async (topic) => (await log.bounds(topic)).map(({ end }) => end)
  if (/^\d{1,15}$/.test(at)) return (topic) => log.since(topic, Number(at))
  throw badRequest(`${at} is neither earliest nor latest nor milliseconds since the epoch`)
}

/** Nobody waits longer than for a log that is gone, whatever they say. */
const limitOf = (asked: number): number => Math.min(asked, LOG_LIMIT_MS)

const tooLate = () => busy('the log did not answer in time')
