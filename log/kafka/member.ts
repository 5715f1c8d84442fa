import type { Client } from './client.ts'
import { answerIn, asLogError, isFenced, isFinal, sentenceOf } from './errors.ts'
import { feed } from './feed.ts'
import { Membership, type Session } from './membership.ts'
import type { KafkaTopics } from './topics.ts'
import { LogError, MAX_SEND, type Handler, type Lease, type Owned, type RunOptions } from '../log.ts'
import { BackOff, pause, settledWithin } from '#platform/deadline.ts'
import type { Outage } from '#platform/node/outage.ts'

/** How long a rebalance waits for running handlers before other members get their partitions. */
const DRAIN_MS = 2000

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 2000

/** How long a leaving member waits for an assignment in progress, and for Kafka to learn of its leaving. */
const JOIN_MS = 5000
const LEAVE_MS = 2000

export interface MemberOptions extends RunOptions {
  open: () => Client
  /** The deadline of one request to Kafka. */
  limitMs: number
  /** How long Kafka waits for a heartbeat before it assigns the partitions to other members. */
  sessionTimeoutMs: number
  heartbeatMs: number
  /** How often the leader of the group looks for new partitions. */
  partitionRefreshMs: number
  known: KafkaTopics
  report: (sentence: string) => void
  outage: Outage
  crashed: (error: LogError) => void
}

/** The state from one assignment to the next. */
interface Term {
  session: Session
  /** Ends deliveries. */
  halt: AbortController
  /** Ends the leases. */
  over: AbortController
  /** A feed has failed with an error that ends the member. */
  failed: AbortController
  /** The topics have other partitions than those assigned. */
  outdated: AbortController
}

/** One member of a group: joins, sends heartbeats while handlers work, and joins again at every rebalance. */
export class KafkaMember {
  readonly #options: MemberOptions
  readonly #handle: Handler
  readonly #membership: Membership
  readonly #feeds = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #stopped = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  readonly #living: Promise<void>
  #closed: Promise<void> | undefined
  #term: Term | undefined
  #isMember = false

  constructor(options: MemberOptions, handle: Handler) {
    this.#options = options
    this.#handle = handle
    const { group, topics, known, sessionTimeoutMs, limitMs, open } = options
    this.#membership = new Membership({ group, topics, known, sessionTimeoutMs, limitMs }, open)
    this.#joined.promise.catch(() => undefined)
    this.#living = this.#live()
  }

  /** Resolves after the first assignment; rejects if there will be none. */
  get joined(): Promise<void> {
    return this.#joined.promise
  }

  /** Stops deliveries, waits for running handlers, aborts the rest, and leaves the group. */
  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#leave(graceMs)
    return this.#closed
  }

  async #leave(graceMs: number): Promise<void> {
    this.#closing.abort()
    this.#term?.halt.abort()
    if (graceMs > 0) await this.#drained(graceMs)
    this.#term?.over.abort()
    this.#stopped.abort()
    // A member that left during an assignment would block the others until its session ends.
    await settledWithin(JOIN_MS, this.#living)
    await settledWithin(LEAVE_MS, this.#membership.leave())
    this.#membership.close()
    await this.#living
  }

  async #live(): Promise<void> {
    const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
    while (!this.#closing.signal.aborted) {
      try {
        await this.#serve(await this.#membership.join())
        backOff.reset()
      } catch (error) {
        if (!isFenced(error)) {
          if (this.#closing.signal.aborted) continue
          if (isFinal(error)) return this.#crash(error)
          this.#options.outage.failed(new Error(`${this.#options.group}: ${sentenceOf(error)}`))
        }
        await backOff.pause(this.#stopped.signal)
      }
    }
    this.#joined.reject(new LogError('closed', 'the member was closed before it joined the group'))
  }

  #crash(error: unknown): void {
    this.#membership.close()
    const { code, message } = asLogError(error)
    const crash = new LogError(code, `a member of ${this.#options.group} has ended: ${message}`, { cause: error })
    this.#joined.reject(asLogError(error))
    if (!this.#isMember) return
    this.#options.report(crash.message)
    this.#options.crashed(crash)
  }

  /** Serves one assignment, until the member must join again or leaves. */
  async #serve(session: Session): Promise<void> {
    const [halt, over] = [new AbortController(), new AbortController()]
    const [failed, outdated] = [new AbortController(), new AbortController()]
    const term = { session, halt, over, failed, outdated }
    this.#term = term
    try {
      if (!this.#closing.signal.aborted) this.#begin(term)
      await this.#beat(term)
      halt.abort()
      if (!this.#closing.signal.aborted) await this.#drained(DRAIN_MS)
    } finally {
      halt.abort()
      over.abort()
    }
    if (failed.signal.aborted) throw failed.signal.reason
  }

  #begin(term: Term): void {
    const { owned } = this.#options
    const { partitions } = term.session
    for (const each of partitions) {
      const name = nameOf(each)
      this.#feeds.set(name, this.#feed(term, each, this.#feeds.get(name)))
    }
    void this.#lookForPartitions(term)
    this.#isMember = true
    this.#options.outage.answered()
    // In a task of its own, so that an error in the callback is an uncaught exception and does not stop the group.
    queueMicrotask(() => owned?.(partitions, term.over.signal))
    this.#joined.resolve()
  }

  /** Waits for a handler that outlived its lease on this partition: one call at a time holds even then. */
  async #feed(term: Term, owned: Owned, before: Promise<void> | undefined): Promise<void> {
    const { group, maxBatch = MAX_SEND, open, limitMs, report } = this.#options
    const unreadable = (error?: LogError): void => this.#options.unreadable?.(owned, error)
    const { signal: halt } = term.halt
    const lease = leaseOf(owned, term.over.signal, (next) => this.#membership.commit(term.session, owned, next))
    await before
    try {
      await feed({ group, owned, maxBatch, handle: this.#handle, lease, halt, open, limitMs, report, unreadable })
    } catch (error) {
      if (!halt.aborted) term.failed.abort(error)
    }
  }

  /** Kafka tells no member of new partitions. Joining again makes the leader assign them. */
  async #lookForPartitions({ session, halt, outdated }: Term): Promise<void> {
    while (!halt.signal.aborted) {
      await pause(this.#options.partitionRefreshMs, halt.signal)
      if (halt.signal.aborted || !(await this.#membership.isOutdated(session))) continue
      return outdated.abort()
    }
  }

  /** Resolves at a rebalance, when it is outdated, when a feed has failed, or when the member stops. Rejects when the session is lost. */
  async #beat({ session, over, failed, outdated }: Term): Promise<void> {
    const { heartbeatMs, sessionTimeoutMs } = this.#options
    const end = AbortSignal.any([failed.signal, outdated.signal, this.#stopped.signal])
    let lastMs = performance.now()
    while (!end.aborted) {
      await pause(heartbeatMs, end)
      const nowMs = performance.now()
      const leftMs = lastMs + sessionTimeoutMs - nowMs
      // A process that was frozen notices it here: other members own its partitions by now.
      if (leftMs <= 0) return over.abort()
      if (end.aborted) return
      try {
        await this.#membership.beat(session, leftMs)
      } catch (error) {
        if (answerIn(error) !== 'REBALANCE_IN_PROGRESS') throw error
        if (!this.#closing.signal.aborted) return
      }
      lastMs = nowMs
    }
  }

  async #drained(limitMs: number): Promise<void> {
    await settledWithin(limitMs, Promise.all(this.#feeds.values()))
  }
}

/** Kafka rejects commits of an earlier session. Commits of one partition are sent one by one. */
function leaseOf(owned: Owned, signal: AbortSignal, commitNext: (next: number) => Promise<void>): Lease {
  let last: Promise<unknown> = Promise.resolve()
  const commitNow = (offset: number): Promise<void> => {
    if (signal.aborted) throw new LogError('fenced', `the lease of ${nameOf(owned)} has ended`)
    return commitNext(offset + 1)
  }
  const commit = async (offset: number): Promise<void> => {
    if (!Number.isSafeInteger(offset) || offset < -1) throw new LogError('invalid', `${offset} is not an offset`)
    const committed = last.then(() => commitNow(offset))
    last = committed.catch(() => undefined)
    await committed
  }
  return { signal, commit }
}

const nameOf = ({ topic, partition }: Owned): string => `${topic}/${partition}`
