import type { Log, Message } from '#log/log.ts'
import type { Encoding } from '../http/encoding.ts'
import { toHttpError } from '../http/errors.ts'
import { formatEventId, missedMessages, type Resumed } from './event-id.ts'
import type { Instance } from './instance.ts'
import { messageJson } from './message.ts'

/** How long a client waits before it reconnects. */
const RETRY_MS = 1_000
const HEARTBEAT_MS = 15_000

/** Messages that were taken for one reader and not yet read by it. */
const STREAM_LIMIT = { messages: 100, bytes: 256 * 1024 }
const STREAM_ROOM = { limit: () => STREAM_LIMIT, use: () => undefined }

/** `offsets` advance with each event. */
export interface StreamReader extends Resumed {
  log: Log
  instance: Instance
  encoding: Encoding
  /** Aborts when the client disconnects or the proxy drains. */
  signal: AbortSignal
}

/** The messages of an instance as server-sent events, first those that the reader missed. Yields no faster than it is read. */
export async function* eventsOf(reader: StreamReader): AsyncGenerator<string> {
  const { log, instance, offsets, isReset, signal } = reader
  const { group, topics } = instance.options
  yield `retry: ${RETRY_MS}\n\n`
  if (isReset) yield `event: reset\ndata: {"reason":"unknown"}\n\n`
  for await (const messages of missedMessages(log, group, topics[0]!, new Map(offsets))) {
    yield format(messages, reader)
  }
  while (!signal.aborted && !instance.closed) {
    const deliveries = await instance.take(HEARTBEAT_MS, signal, STREAM_ROOM)
    const events = deliveries.map(({ messages }) => format(messages, reader)).join('')
    yield events === '' ? ': heartbeat\n\n' : events
    // The reader has asked for more, so its connection has taken these events: they may be committed.
    instance.advance(deliveries)
  }
}

/** The last event of a stream that failed. */
export function errorEvent(error: unknown): string {
  const { message, status } = toHttpError(error)
  return `event: error\ndata: ${JSON.stringify({ error: message, status })}\n\n`
}

/** Skips messages that the reader has received on an earlier connection. */
function format(messages: readonly Message[], { encoding, offsets }: StreamReader): string {
  let events = ''
  for (const message of messages) {
    if (message.offset < (offsets.get(message.partition) ?? 0)) continue
    offsets.set(message.partition, message.offset + 1)
    events += `id: ${formatEventId(offsets)}\ndata: ${JSON.stringify(messageJson(message, encoding))}\n\n`
  }
  return events
}
