import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { Event } from '#domain/event.ts'
import { faultAt } from '#platform/faults.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { LogError } from '#log/log.ts'
import type { ApiDeps, ApiEnv, StreamTimes } from './deps.ts'
import { endOf, formatVector, parseVector, tail, type Vector } from './log-tail.ts'

export const STREAM_TIMES: StreamTimes = {
  retryMs: 1_000,
  heartbeatMs: 15_000,
  lifetimeMs: 5 * 60_000,
  stalledMs: 30_000,
}

type Frame = Parameters<SSEStreamingApi['writeSSE']>[0]

/**
 * Server-sent events from the log of record. The id of each says how far the whole log was read, so `Last-Event-ID` resumes
 * without a gap; without one a stream begins now.
 * @param tell what an event is to this reader: nothing, one frame or more
 */
export async function stream(
  c: Context<ApiEnv>,
  { log, topics, closing, report, streamTimes = STREAM_TIMES }: ApiDeps,
  tell: (event: Event) => Frame[],
): Promise<Response> {
  const vector = startOf(c.req.header('last-event-id'), await endOf(log, topics.bookings))
  // Nobody will read it: it must not be held open for them.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
  const { retryMs, heartbeatMs, lifetimeMs, stalledMs } = streamTimes
  const leaving = AbortSignal.any([c.req.raw.signal, closing, AbortSignal.timeout(lifetimeMs)])

  async function serve(sse: SSEStreamingApi): Promise<void> {
    const { send, dropped } = patientWriter(sse, stalledMs)
    const signal = AbortSignal.any([leaving, dropped])
    const mark = (event: string) => send({ event, data: '', id: formatVector(vector), retry: retryMs })
    await mark('open')
    const heart = setInterval(() => void mark('heartbeat'), heartbeatMs)
    const following = tail(log, topics.bookings, [...vector], signal, async ({ partition, offset, event }) => {
      const frames = event ? tell(event) : []
      for (const frame of frames.slice(0, -1)) await send(frame)
      // Only with the last of its frames an event is behind the reader.
      vector[partition] = offset + 1
      for (const frame of frames.slice(-1)) await send({ ...frame, id: formatVector(vector) })
    })
    await Promise.race([following, aborted(signal)]).finally(() => clearInterval(heart))
  }

  // A log that closes ends its streams; readers come back to whoever is there then.
  return streamSSE(c, serve, async (error) => {
    if (!(error instanceof LogError && error.code === 'closed')) report({ path: c.req.path, error })
  })
}

function startOf(lastEventId: string | undefined, end: Vector): Vector {
  if (!lastEventId) return end
  const resumed = parseVector(lastEventId, end.length)
  if (resumed?.every((offset, i) => offset <= end[i]!)) return resumed
  throw new ProblemError(PROBLEMS.invalid_request, {
    errors: [faultAt('Last-Event-ID', 'must be the id of an event of this stream')],
  })
}

/** Writing waits for the reader; one that reads nothing is not waited for for ever. */
function patientWriter(sse: SSEStreamingApi, stalledMs: number) {
  const dropping = new AbortController()
  sse.onAbort(() => dropping.abort())
  const drop = () => {
    dropping.abort()
    sse.abort()
  }
  async function send(frame: Frame): Promise<void> {
    if (dropping.signal.aborted) return
    const timer = setTimeout(drop, stalledMs)
    await sse.writeSSE(frame)
    clearTimeout(timer)
  }
  return { send, dropped: dropping.signal }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
