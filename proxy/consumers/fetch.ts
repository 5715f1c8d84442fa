import type { Log, Message, Position } from '#log/log.ts'
import { hasCode } from '../http/errors.ts'
import { deliveryBytes, type Room } from './batch-buffer.ts'

/** Waits until one of the positions has a message, then returns the messages of all positions. The signal ends every read. */
export async function fetchAll(
  log: Log,
  positions: readonly Position[],
  { waitMs, signal, room }: { waitMs: number; signal: AbortSignal; room: Room },
): Promise<Message[]> {
  const messages = await readAll(log, positions, room, signal)
  if (messages.length > 0 || waitMs === 0) return messages
  const found = new AbortController()
  const ends = AbortSignal.any([signal, found.signal])
  try {
    await Promise.race(positions.map((position) => waitFor(log, position, waitMs, ends)))
  } finally {
    found.abort()
  }
  return signal.aborted ? [] : readAll(log, positions, room, signal)
}

/** Reads one position after the other until the response is full, to bound the memory in use. */
async function readAll(log: Log, positions: readonly Position[], room: Room, signal: AbortSignal): Promise<Message[]> {
  const messages: Message[] = []
  const limit = room.limit()
  let { messages: left, bytes } = limit
  for (const position of positions) {
    if (left <= 0 || bytes <= 0 || signal.aborted) break
    for (const message of await readNow(log, position, left)) {
      if (bytes <= 0) break
      left--
      bytes -= deliveryBytes(message)
      messages.push(message)
    }
  }
  room.use(limit.bytes - bytes)
  return messages
}

/** The log rejects an offset past the end; the format waits for it. */
async function readNow(log: Log, position: Position, max: number): Promise<Message[]> {
  try {
    return await log.read(position, max, 0)
  } catch (error) {
    await endBefore(log, position, error)
    return []
  }
}

/** Resolves when the position has a message, after the wait, or when the signal aborts. */
async function waitFor(log: Log, position: Position, waitMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + waitMs
  while (!signal.aborted) {
    const leftMs = Math.max(0, until - performance.now())
    try {
      return void (await log.read(position, 1, leftMs, signal))
    } catch (error) {
      const offset = await endBefore(log, position, error)
      if (leftMs === 0) return
      await log.read({ ...position, offset }, 1, leftMs, signal)
    }
  }
}

/** The end of the partition, if the position lies past it. Throws the error if it does not. */
async function endBefore(log: Log, { topic, partition, offset }: Position, error: unknown): Promise<number> {
  if (!hasCode(error, 'out_of_range')) throw error
  const { end } = (await log.bounds(topic))[partition]!
  if (offset < end) throw error
  return end
}
