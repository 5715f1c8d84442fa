import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { faultAt } from '#platform/faults.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { LogError } from '#log/log.ts'
import type { ApiDeps, ApiEnv, StreamTimes } from '../deps.ts'
import type { Entry } from './entry.ts'
import type { LogTail } from './log-tail.ts'
import { endOf, formatVector, parseVector, type Vector } from './vector.ts'

export const STREAM_TIMES: StreamTimes = {
  retryMs: 1_000,
  heartbeatMs: 15_000,
  lifetimeMs: 5 * 60_000,
  stalledMs: 30_000,
}

type Frame = Parameters<SSEStreamingApi['writeSSE']>[0]

export interface StreamDeps extends ApiDeps {
  tail: LogTail
}

/**
 * Server-sent events from the log of record. The id of each is the position up to which the whole log has been read, so
 * `Last-Event-ID` resumes without a gap. Without one a stream begins at the end of the log.
 * @param framesOf the frames that an entry is to this reader: none, one or more
 */
export async function stream(
  c: Context<ApiEnv>,
  { log, topics, tail, closing, report, streamTimes = STREAM_TIMES }: StreamDeps,
  framesOf: (entry: Entry) => Frame[],
): Promise<Response> {
  const end = await endOf(log, topics.bookings)
  const vector = startOf(c.req.header('last-event-id'), end)
  // Keeps nginx from buffering the events.
  c.header('x-accel-buffering', 'no')
  // The response to a HEAD has no body that could be held open.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
  const { retryMs, heartbeatMs, lifetimeMs, stalledMs } = streamTimes
  const leaving = AbortSignal.any([c.req.raw.signal, closing, AbortSignal.timeout(lifetimeMs)])

  async function serve(sse: SSEStreamingApi): Promise<void> {
    const { send, dropped } = boundedWriter(sse, stalledMs)
    const signal = AbortSignal.any([leaving, dropped])
    const mark = (event: string) => send({ event, data: '', id: formatVector(vector), retry: retryMs })
    await mark('open')
    const heart = setInterval(() => void mark('heartbeat'), heartbeatMs)
    const following = tail.follow([...vector], end, signal, async (entry) => {
      const frames = framesOf(entry)
      for (const frame of frames.slice(0, -1)) await send(frame)
      // Only the last frame of an entry has an id, so a reader that resumes gets all frames of an entry or none.
      vector[entry.partition] = entry.offset + 1
      for (const frame of frames.slice(-1)) await send({ ...frame, id: formatVector(vector) })
    })
    await Promise.race([following, aborted(signal)]).finally(() => clearInterval(heart))
  }

  // A log that closes ends its streams; the readers reconnect to another process.
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

/** Writing waits for the client. A client that reads nothing for `stalledMs` is dropped. */
function boundedWriter(sse: SSEStreamingApi, stalledMs: number) {
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
