import { Hono } from 'hono'
import { z } from 'zod'
import { MAX_SEND, type Log, type Message, type Position } from '#log/log.ts'
import { count, topicPartitionOffset } from '../http/body.ts'
import type { Deps } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import { ROOM } from '../consumers/instance.ts'
import { messageJson } from '../consumers/message.ts'
import { sizeOf } from '../consumers/batch-buffer.ts'
import { badRequest, hasCode } from '../http/errors.ts'
import { MAX_WAIT_MS } from './consume.ts'

const DEFAULT_WAIT_MS = 1000

/** Of positions in one request: each is a read of its own. */
const MOST_POSITIONS = 1_000

const fetchBody = topicPartitionOffset.partial().extend({
  topicPartitionOffsets: z
    .array(topicPartitionOffset)
    .max(MOST_POSITIONS, `there are ${MOST_POSITIONS} at most`)
    .default([]),
  timeout: count.default(DEFAULT_WAIT_MS),
})

export function fetchRoutes({ log, topics, bodies, waits }: Deps): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  routes.on(['GET', 'POST'], '/fetch', async (c) => {
    const encoding = encodingOf(c)
    const { topicPartitionOffsets, timeout, ...single } = await bodies.parsed(c, fetchBody)
    const alone = Object.keys(single).length === 0 ? [] : [wholeOf(single)]
    const positions = [...topicPartitionOffsets, ...alone]
    if (positions.length === 0) throw badRequest('topic, partition and offset are missing')
    await topics.check(c.get('account'), 'consume', positions)
    const messages = await waits.hold(c, (signal) => fetchAll(log, positions, Math.min(timeout, MAX_WAIT_MS), signal))
    return c.json(messages.map((message) => messageJson(message, encoding)))
  })

  return routes
}

function wholeOf({ topic, partition, offset }: Partial<Position>): Position {
  if (topic !== undefined && partition !== undefined && offset !== undefined) return { topic, partition, offset }
  throw badRequest('topic, partition and offset belong together: one is missing')
}

/** Waits until one of the positions has a message, and then answers what each of them has. */
async function fetchAll(
  log: Log,
  positions: readonly Position[],
  waitMs: number,
  signal: AbortSignal,
): Promise<Message[]> {
  const messages = await readAll(log, positions)
  if (messages.length > 0 || waitMs === 0) return messages
  const ended = Promise.withResolvers<void>()
  const end = (): void => ended.resolve()
  signal.addEventListener('abort', end, { once: true })
  await Promise.race([ended.promise, ...positions.map((position) => readFrom(log, position, waitMs))])
  signal.removeEventListener('abort', end)
  return signal.aborted ? [] : readAll(log, positions)
}

/** One position after the other until the answer is full, so that no more is held in memory than is told. */
async function readAll(log: Log, positions: readonly Position[]): Promise<Message[]> {
  const messages: Message[] = []
  let { messages: room, bytes } = ROOM
  for (const position of positions) {
    for (const message of await readFrom(log, position, 0)) {
      if (room-- <= 0 || bytes <= 0) return messages
      bytes -= sizeOf(message)
      messages.push(message)
    }
  }
  return messages
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
