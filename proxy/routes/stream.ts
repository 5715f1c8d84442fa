import { Hono, type Context } from 'hono'
import type { Message } from '#log/log.ts'
import type { Deps } from '../http/dependencies.ts'
import { encodingOf, type Encoding } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import type { Instance } from '../consumers/instance.ts'
import { messageJson } from '../consumers/message.ts'
import { problemOf } from '../http/errors.ts'
import { formatSeen, missed, parseSeen, seenIn, type Seen } from '../consumers/event-id.ts'
import { settingsOf } from '../consumers/instance-settings.ts'
import { namesOf } from './consume.ts'

const RETRY_MS = 1_000
const HEARTBEAT_MS = 15_000

/** What one reader holds at most of what it has not read yet. */
const ROOM = { messages: 100, bytes: 256 * 1024 }

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=UTF-8',
  'Cache-Control': 'no-cache',
  // Proxies of nginx's kind would keep the events until there are enough of them.
  'X-Accel-Buffering': 'no',
}

interface Reader {
  instance: Instance
  encoding: Encoding
  seen: Seen
  signal: AbortSignal
}

/**
 * Server-sent events. The stream is a consumer instance that lasts as long as the connection and takes messages at the pace
 * of its reader: what is not taken waits in the log.
 * @param stalledMs after so long without reading anything a reader is cut off, so that others get its partitions
 */
export function streamRoutes({ log, topics, instances, waits }: Deps, stalledMs = 30_000): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  routes.get('/stream/:group/:instance/:topic', async (c) => {
    const { topic } = c.req.param()
    const [settings, encoding] = [settingsOf(c), encodingOf(c)]
    const partitions = await topics.partitions(c.get('account'), 'consume', topic)
    const told = parseSeen(c.req.header('Last-Event-ID') ?? c.req.query('lastEventId'), partitions)
    const { signal, leave } = waits.enter(c)
    try {
      const seen = await seenIn(log, topic, told)
      const instance = instances.renew(c.get('account'), { ...namesOf(c), topics: [topic], settings })
      // Also where the reader has gone before anything was read of the answer.
      signal.addEventListener('abort', () => void instance.close(), { once: true })
      if (signal.aborted) void instance.close()
      await instance.begun()
      const events = eventsOf({ instance, encoding, seen, signal })
      return c.body(streamOf(watched(c, events, { instance, leave }), leave), 200, HEADERS)
    } catch (error) {
      leave()
      throw error
    }
  })

  async function* eventsOf(reader: Reader): AsyncGenerator<string> {
    const { instance, seen, signal } = reader
    const { group, topics } = instance.options
    yield `retry: ${RETRY_MS}\n\n`
    for await (const messages of missed(log, group, topics[0]!, new Map(seen))) yield framesOf(messages, reader)
    while (!signal.aborted && !instance.closed) {
      const taken = await instance.take(HEARTBEAT_MS, signal, ROOM)
      const frames = framesOf(
        taken.flatMap(({ messages }) => messages),
        reader,
      )
      yield frames === '' ? ': still here\n\n' : frames
      // Asked for more, the reader's connection has taken what it was given: now it may be committed.
      instance.advance(taken)
    }
  }

  /** The end of the stream, whatever its reason, is the end of its instance. */
  async function* watched(
    c: Context<ProxyEnv>,
    events: AsyncGenerator<string>,
    { instance, leave }: { instance: Instance; leave: () => void },
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      for await (const event of events) {
        const stalled = setTimeout(() => cutOff(c, instance), stalledMs)
        yield encoder.encode(event)
        clearTimeout(stalled)
      }
    } catch (error) {
      const { message, status } = problemOf(error)
      yield encoder.encode(`event: error\ndata: ${JSON.stringify({ error: message, status })}\n\n`)
    } finally {
      leave()
      await instance.close()
    }
  }

  return routes
}

/** Asks for a chunk when the reader wants one; a reader that leaves ends the wait for it. */
function streamOf(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>, leave: () => void): ReadableStream {
  const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
    const { done, value } = await chunks.next()
    if (done) controller.close()
    else controller.enqueue(value)
  }
  const cancel = async (): Promise<void> => {
    leave()
    await chunks.return(undefined)
  }
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}

/** Nobody reads, so nobody can be told. */
function cutOff(c: Context<ProxyEnv>, instance: Instance): void {
  void instance.close()
  c.env?.outgoing?.destroy()
}

/** What the reader has already is left out: its group had not committed it. */
function framesOf(messages: readonly Message[], { encoding, seen }: Reader): string {
  let frames = ''
  for (const message of messages) {
    if (message.offset < (seen.get(message.partition) ?? 0)) continue
    seen.set(message.partition, message.offset + 1)
    frames += `id: ${formatSeen(seen)}\ndata: ${JSON.stringify(messageJson(message, encoding))}\n\n`
  }
  return frames
}

const encoder = new TextEncoder()
