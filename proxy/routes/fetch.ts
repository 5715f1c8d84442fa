import { Hono } from 'hono'
import { z } from 'zod'
import { MAX_SEND, type Log, type Message, type Position } from '#log/log.ts'
import { count, readBody, topicPartitionOffset } from '../body.ts'
import { messageJson } from '../message.ts'
import { badRequest, hasCode } from '../problem.ts'
import { checkPartitions } from '../topics.ts'

const DEFAULT_WAIT_MS = 1000
const MAX_WAIT_MS = 60_000

const fetchBody = topicPartitionOffset.partial().extend({
  topicPartitionOffsets: z.array(topicPartitionOffset).default([]),
  timeout: count.default(DEFAULT_WAIT_MS),
})

export function fetchRoutes({ log, maxBodyBytes }: { log: Log; maxBodyBytes: number }): Hono {
  const routes = new Hono({ strict: false })

  routes.on(['GET', 'POST'], '/fetch', async (c) => {
    const { topicPartitionOffsets, timeout, ...single } = await readBody(c, fetchBody, maxBodyBytes)
    const alone = Object.keys(single).length === 0 ? [] : [wholeOf(single)]
    const positions = [...topicPartitionOffsets, ...alone]
    if (positions.length === 0) throw badRequest('topic, partition and offset are missing')
    await checkPartitions(log, positions)
    const messages = await fetchAll(log, positions, Math.min(timeout, MAX_WAIT_MS))
    return c.json(messages.map(messageJson))
  })

  return routes
}

function wholeOf({ topic, partition, offset }: Partial<Position>): Position {
  if (topic !== undefined && partition !== undefined && offset !== undefined) return { topic, partition, offset }
  throw badRequest('topic, partition and offset belong together: one is missing')
}

/** Waits until one of the positions has a message, and then answers what each of them has. */
async function fetchAll(log: Log, positions: readonly Position[], waitMs: number): Promise<Message[]> {
  const readAll = async (): Promise<Message[]> => {
    const read = await Promise.all(positions.map((position) => readFrom(log, position, 0)))
    return read.flat().slice(0, MAX_SEND)
  }
  const messages = await readAll()
  if (messages.length > 0 || waitMs === 0) return messages
  await Promise.race(positions.map((position) => readFrom(log, position, waitMs)))
  return readAll()
}

/** The log refuses an offset past its end; here one waits for it. */
async function readFrom(log: Log, position: Position, waitMs: number): Promise<Message[]> {
  const until = performance.now() + waitMs
  for (;;) {
    const leftMs = Math.max(0, until - performance.now())
    try {
      return await log.read(position, MAX_SEND, leftMs)
    } catch (error) {
      if (!hasCode(error, 'out_of_range')) throw error
      const { end } = (await log.bounds(position.topic))[position.partition]!
      if (position.offset < end) throw error
      if (leftMs === 0) return []
      await log.read({ ...position, offset: end }, 1, leftMs)
    }
  }
}
