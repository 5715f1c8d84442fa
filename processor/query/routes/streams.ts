import { type Context, Hono } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { Event } from '#domain/event.ts'
import { notify } from '#domain/policies/notify.ts'
import { ProblemError } from '#domain/problems.ts'
import { LogError } from '#log/log.ts'
import type { QueryDeps, QueryEnv } from '../app.ts'
import { endOf, formatVector, parseVector, tail, type Vector } from '../tail.ts'

/** Told to the reader as `retry`, and how soon it comes back after the end. */
const RETRY_MS = 1_000

/** Proxies and browsers forget connections that say nothing. */
const HEARTBEAT_MS = 15_000

/** A stream ends after some minutes: so tokens are asked for again, and readers spread over what replicas there are. */
const LIFETIME_MS = 5 * 60_000

/** A reader that takes nothing for so long is dropped. */
const STALLED_MS = 30_000

interface Told {
  event: string
  data: unknown
}

/**
 * Server-sent events from the log of record. The id of each is where the whole log was read up to, so `Last-Event-ID` resumes
 * without a gap; without one a stream begins now.
 */
export function streamRoutes(deps: QueryDeps): Hono<QueryEnv> {
  return new Hono<QueryEnv>()
    .get('/v1/events/stream', (c) => {
      if (c.get('principal').role !== 'admin') throw new ProblemError('forbidden')
      return stream(c, deps, (event) => [{ event: event.type, data: event }])
    })
    .get('/v1/notifications/stream', (c) => {
      const { id } = c.get('principal')
      const mine = (event: Event) => notify(event).filter(({ userId }) => userId === id)
      return stream(c, deps, (event) => mine(event).map((data) => ({ event: 'notification', data })))
    })
}

async function stream(
  c: Context<QueryEnv>,
  { log, topic, closing, report }: QueryDeps,
  tell: (event: Event) => Told[],
): Promise<Response> {
  const vector = await startOf(c, { log, topic })
  // A log that closes ends its streams; readers come back to whoever is there then.
  const failed = async (error: Error) => {
    if (!(error instanceof LogError && error.code === 'closed')) report({ path: c.req.path, error })
  }
  return streamSSE(
    c,
    async (sse) => {
      const ended = AbortSignal.any([c.req.raw.signal, closing, AbortSignal.timeout(LIFETIME_MS)])
      const dropped = new AbortController()
      sse.onAbort(() => dropped.abort())
      const signal = AbortSignal.any([ended, dropped.signal])
      const send = taking(sse, dropped)
      await send({ retry: RETRY_MS, id: formatVector(vector), data: '', event: 'open' })
      const heart = setInterval(
        () => void send({ id: formatVector(vector), data: '', event: 'heartbeat' }),
        HEARTBEAT_MS,
      )
      try {
        const following = tail(log, topic, vector, signal, async (events) => {
          for (const { event, data } of events.flatMap(tell)) {
            await send({ event, data: JSON.stringify(data), id: formatVector(vector) })
          }
        })
        await Promise.race([following, aborted(signal)])
      } finally {
        clearInterval(heart)
      }
    },
    failed,
  )
}

async function startOf(c: Context<QueryEnv>, { log, topic }: Pick<QueryDeps, 'log' | 'topic'>): Promise<Vector> {
  const end = await endOf(log, topic)
  const last = c.req.header('last-event-id')
  if (!last) return end
  const resumed = parseVector(last, end.length)
  if (resumed && resumed.every((offset, i) => offset <= end[i]!)) return resumed
  throw new ProblemError('invalid_request', { errors: [{ pointer: 'Last-Event-ID', detail: 'is not one of ours' }] })
}

type Frame = Parameters<SSEStreamingApi['writeSSE']>[0]

/** Writing waits for the reader; one that does not read is not waited for for ever. */
function taking(sse: SSEStreamingApi, dropped: AbortController): (frame: Frame) => Promise<void> {
  return async (frame) => {
    if (dropped.signal.aborted) return
    const timer = setTimeout(() => {
      dropped.abort()
      sse.abort()
    }, STALLED_MS)
    await sse.writeSSE(frame)
    clearTimeout(timer)
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
