import type { Log, Message, Position } from '#log/log.ts'
import { hasCode } from '../http/errors.ts'
import { deliveryBytes } from './batch-buffer.ts'
import { RESPONSE_LIMIT } from './instance.ts'

/** Waits until one of the positions has a message, then returns the messages of all positions. */
export async function fetchAll(
  log: Log,
  positions: readonly Position[],
  waitMs: number,
  signal: AbortSignal,
): Promise<Message[]> {
  const messages = await readAll(log, positions)
  if (messages.length > 0 || waitMs === 0) return messages
  const aborted = Promise.withResolvers<void>()
  const abort = (): void => aborted.resolve()
  signal.addEventListener('abort', abort, { once: true })
  await Promise.race([aborted.promise, ...positions.map((position) => readFrom(log, position, 1, waitMs))])
  signal.removeEventListener('abort', abort)
  return signal.aborted ? [] : readAll(log, positions)
}

/** Reads one position after the other until the response is full, and none after that. */
async function readAll(log: Log, positions: readonly Position[]): Promise<Message[]> {
  const messages: Message[] = []
  let { bytes } = RESPONSE_LIMIT
  for (const position of positions) {
    const left = RESPONSE_LIMIT.messages - messages.length
    if (left === 0 || bytes <= 0) return messages
    for (const message of await readFrom(log, position, left, 0)) {
      if (bytes <= 0) return messages
      bytes -= deliveryBytes(message)
      messages.push(message)
    }
  }
  return messages
}

/** The log rejects an offset past the end; the format waits for it. */
async function readFrom(log: Log, position: Position, max: number, waitMs: number): Promise<Message[]> {
  const until = performance.now() + waitMs
  for (;;) {
    const leftMs = Math.max(0, until - performance.now())
    try {
      return await log.read(position, max, leftMs)
    } catch (error) {
      if (!hasCode(error, 'out_of_range')) throw error
      const { end } = (await log.bounds(position.topic))[position.partition]!
      if (position.offset < end) throw error
      if (leftMs === 0) return []
      await log.read({ ...position, offset: end }, 1, leftMs)
    }
  }
}
