import type { Context } from 'hono'
import { resumedAt } from '../consumers/event-id.ts'
import { errorEvent, eventsOf, type StreamReader } from '../consumers/event-stream.ts'
import type { Instance } from '../consumers/instance.ts'
import { instanceSettingsOf } from '../consumers/instance-settings.ts'
import type { Dependencies } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import {
  ENCODING,
  GROUP,
  inHeader,
  inQuery,
  INSTANCE,
  INSTANCE_SETTINGS,
  READ_ERRORS,
  TOPIC,
} from '../reference/parts.ts'
import { object, text } from '../reference/schemas.ts'
import { instanceIn } from './consume.ts'
import type { Route } from './route.ts'

/** A reader that takes nothing for so long is disconnected, so that others get its partitions. */
const STALLED_MS = 30_000

const EVENT = { description: 'One event.', ...object({ id: text, event: text, data: text }) }

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=UTF-8',
  'Cache-Control': 'no-cache',
  // Keeps nginx from buffering the events.
  'X-Accel-Buffering': 'no',
}

/** The stream is a consumer instance that lasts as long as the connection. Messages that are not read stay in the log. */
export const streamRoutes = (dependencies: Dependencies): Route[] => [
  {
    methods: ['GET'],
    path: '/stream/:group/:instance/:topic',
    operation: 'consume',
    docs: {
      operationId: 'stream',
      summary: 'Read the messages of a topic as server-sent events.',
      description:
        'The connection is a consumer instance; it replaces an existing one of the same name. `Last-Event-ID` resumes after ' +
        `an event, even if later messages are committed; an event \`reset\` comes first if the id is not of this topic. A reader that takes nothing for ${STALLED_MS / 1000} seconds is disconnected.`,
      parameters: [
        GROUP,
        INSTANCE,
        TOPIC,
        inHeader('Last-Event-ID', 'Id of the last event received.'),
        inQuery('lastEventId', 'As Last-Event-ID, for clients that cannot set headers.'),
        ...INSTANCE_SETTINGS,
        ...ENCODING,
      ],
      success: {
        description: 'Each event carries one message. An event named `error` ends the stream.',
        content: { 'text/event-stream': { schema: EVENT } },
      },
      errors: READ_ERRORS,
    },
    handle: async (c) => {
      const { signal, release } = dependencies.heldRequests.open(c)
      try {
        const reader = await openReader(c, dependencies, signal)
        return c.body(readableOf(chunksOf(c, reader, release), release), 200, HEADERS)
      } catch (error) {
        release()
        throw error
      }
    },
  },
]

async function openReader(
  c: Context<ProxyEnv>,
  { log, topics, instances, limits }: Dependencies,
  signal: AbortSignal,
): Promise<StreamReader> {
  const [settings, encoding, topic] = [instanceSettingsOf(c, limits.clientMs), encodingOf(c), c.req.param('topic')!]
  await topics.partitions(c.get('account'), 'consume', topic)
  const lastEventId = c.req.header('Last-Event-ID') ?? c.req.query('lastEventId')
  const resumed = await resumedAt(log, topic, lastEventId)
  const instance = instances.replace(c.get('account'), { ...instanceIn(c), topics: [topic], settings })
  // The client may disconnect before anything of the response is read.
  signal.addEventListener('abort', () => void instance.close(), { once: true })
  if (signal.aborted) void instance.close()
  await instance.started()
  return { log, instance, encoding, ...resumed, signal }
}

/** The end of the stream, whatever its reason, closes its instance. */
async function* chunksOf(
  c: Context<ProxyEnv>,
  reader: StreamReader,
  release: () => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { instance } = reader
  try {
    for await (const event of eventsOf(reader)) {
      const stalled = setTimeout(() => disconnect(c, instance), STALLED_MS)
      yield encoder.encode(event)
      clearTimeout(stalled)
    }
  } catch (error) {
    yield encoder.encode(errorEvent(error))
  } finally {
    release()
    await instance.close()
  }
}

/** Pulls a chunk when the client wants one. A client that disconnects ends the wait for it. */
function readableOf(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>, release: () => void): ReadableStream {
  const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
    const { done, value } = await chunks.next()
    if (done) controller.close()
    else controller.enqueue(value)
  }
  const cancel = async (): Promise<void> => {
    release()
    await chunks.return(undefined)
  }
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}

/** Without an error event: the client reads nothing. */
function disconnect(c: Context<ProxyEnv>, instance: Instance): void {
  void instance.close()
  c.env?.outgoing?.destroy()
}

const encoder = new TextEncoder()
