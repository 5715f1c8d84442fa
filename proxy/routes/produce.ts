import { Hono, type Context } from 'hono'
import { z } from 'zod'
import type { Log, Outgoing } from '#log/log.ts'
import { count, oneOrMany, readBody } from '../body.ts'
import { badRequest, hasCode } from '../problem.ts'

const header = z.object({ key: z.string(), value: z.string() })

const content = z.object({
  value: z.string('value is missing, and must be text'),
  partition: z.int().nullish(),
  timestamp: count.nullish(),
  key: z.string().nullish(),
  headers: z.array(header).nullish(),
})

const message = content.extend({ topic: z.string('topic is missing, and must be text') })

type MessageJson = z.output<typeof message>

interface Metadata {
  topic: string
  partition: number
  offset: number
  timestamp: number
}

export function produceRoutes({ log, now, maxBodyBytes }: { log: Log; now: () => number; maxBodyBytes: number }): Hono {
  const routes = new Hono({ strict: false })

  routes.get('/produce/:topic/:message{.+}', async (c) => {
    const { topic, message: value } = c.req.param()
    const [metadata] = await produce([{ topic, value, key: c.req.query('key') }])
    return c.json(metadata)
  })

  routes.on(['GET', 'POST'], '/produce/:topic', async (c: Context) => {
    const topic = c.req.param('topic')!
    const messages = await readBody(c, oneOrMany(content), maxBodyBytes)
    return c.json(await produce(messages.map((each) => Object.assign(each, { topic }))))
  })

  routes.on(['GET', 'POST'], '/produce', async (c) => {
    return c.json(await produce(await readBody(c, oneOrMany(message), maxBodyBytes)))
  })

  /** One call of the log, so that a batch with anything wrong in it writes nothing; the answer is in its order. */
  async function produce(messages: readonly MessageJson[]): Promise<Metadata[]> {
    const outgoing = messages.map((each) => outgoingOf(each, now()))
    try {
      const positions = await log.send(outgoing)
      return positions.map((position, i) => Object.assign(position, { timestamp: outgoing[i]!.timestamp }))
    } catch (error) {
      if (hasCode(error, 'not_found')) await blamePartition(log, messages, error as Error)
      throw error
    }
  }

  return routes
}

function outgoingOf(
  { topic, value, key, partition, timestamp, headers }: MessageJson,
  now: number,
): Outgoing & { timestamp: number } {
  return {
    topic,
    value,
    key: key ?? null,
    timestamp: timestamp ?? now,
    headers: (headers ?? []).map(({ key, value }) => [key, value] as const),
    ...(partition == null ? {} : { partition }),
  }
}

/** To the log an unknown topic and an unknown partition are both not found; the format makes the second a bad request. */
async function blamePartition(log: Log, messages: readonly { topic: string }[], error: Error): Promise<void> {
  const known = new Set((await log.topics()).map(({ topic }) => topic))
  if (messages.every(({ topic }) => known.has(topic))) throw badRequest(error.message)
}
