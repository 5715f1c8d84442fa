import type { Context } from 'hono'
import { Budget } from '#platform/budget.ts'
import { takeFrom } from '#platform/take-from.ts'
import { REPLAYS, STREAMS } from '../../limits.ts'
import type { ApiDeps, ApiEnv, StreamTimes } from '../deps.ts'
import { type Audience, type Decode, itemsIn } from './entry.ts'
import { EventStream } from './event-stream.ts'
import { LogTail } from './log-tail.ts'
import { Outbox, type Queued } from './outbox.ts'

export const STREAM_TIMES: StreamTimes = {
  retryMs: 1_000,
  heartbeatMs: 15_000,
  lifetimeMs: 5 * 60_000,
  stalledMs: 30_000,
}

/** `X-Accel-Buffering`: nginx would otherwise hold events back. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}

type StreamsDeps = Pick<ApiDeps, 'log' | 'topics' | 'closing' | 'logger' | 'streamTimes'> & { decode?: Decode }

/**
 * The open streams of server-sent events from the log of record. The id of each event is the position up to which the whole log has
 * been read, so `Last-Event-ID` resumes without a gap. A stream without one begins at the end of the log.
 */
export class Streams {
  readonly #deps: StreamsDeps
  readonly #times: StreamTimes
  readonly #decode: Decode
  readonly #tail: LogTail
  readonly #places = new Budget(STREAMS)
  readonly #replays = new Budget(REPLAYS)
  readonly #queued: Queued = { bytes: 0, maxBytes: STREAMS.totalQueuedBytes }
  readonly #open = new Set<Outbox>()

  constructor(deps: StreamsDeps) {
    const { log, topics, closing, streamTimes = STREAM_TIMES, decode = itemsIn } = deps
    this.#deps = deps
    this.#times = streamTimes
    this.#decode = decode
    this.#tail = new LogTail({ log, topic: topics.bookings, decode, report: (error) => this.#report(error) })
    closing.addEventListener('abort', () => this.#endAll(), { once: true })
  }

  /** @throws ProblemError `too_many_requests` or `overloaded` when no more streams are accepted */
  async open(c: Context<ApiEnv>, audience: Audience): Promise<Response> {
    // The response to a HEAD has no body that could be held open.
    if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS)
    const principal = c.get('principal').id
    const { heartbeatMs, lifetimeMs } = this.#times
    const atEnd = [takeFrom(this.#places, principal, 'streams')]
    const outbox = this.#createOutbox(() => atEnd.forEach((step) => step()))
    try {
      const stream = this.#createStream(audience, outbox)
      atEnd.push(() => stream.leave())
      const missed = await stream.open(c.req.header('last-event-id'))
      const endReplay = missed > 0 ? takeFrom(this.#replays, principal, 'streams with a Last-Event-ID') : undefined
      const heart = setInterval(() => stream.heartbeat(), heartbeatMs)
      const late = setTimeout(() => outbox.end(), lifetimeMs)
      atEnd.push(() => (clearInterval(heart), clearTimeout(late)))
      endWith(c.req.raw.signal, outbox)
      void stream.run().finally(endReplay)
    } catch (error) {
      outbox.end()
      throw error
    }
    return c.body(outbox.body, 200, HEADERS)
  }

  #createOutbox(ended: () => void): Outbox {
    const limits = { queuedBytes: STREAMS.queuedBytes, stalledMs: this.#times.stalledMs }
    const outbox: Outbox = new Outbox(limits, this.#queued, () => {
      this.#open.delete(outbox)
      ended()
    })
    this.#open.add(outbox)
    if (this.#deps.closing.aborted) outbox.end()
    return outbox
  }

  #createStream(audience: Audience, outbox: Outbox): EventStream {
    const { log, topics } = this.#deps
    return new EventStream(audience, outbox, {
      tail: this.#tail,
      replayed: { log, topic: topics.bookings, decode: this.#decode, maxMessages: REPLAYS.messages },
      retryMs: this.#times.retryMs,
      heldBytes: STREAMS.queuedBytes,
      report: (error) => this.#report(error),
    })
  }

  #report(error: unknown): void {
    this.#deps.logger.error('the event streams failed', { error })
  }

  #endAll(): void {
    for (const outbox of this.#open) outbox.end()
  }
}

function endWith(client: AbortSignal, outbox: Outbox): void {
  if (client.aborted) outbox.end()
  else client.addEventListener('abort', () => outbox.end(), { once: true })
}
