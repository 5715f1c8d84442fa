import type { Log, Message, Owned, Position } from '#log/log.ts'
import { answered, ANSWER_MS, LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import type { Delivery, Room } from './batch-buffer.ts'
import { Commits } from './commits.ts'
import { IdleTimeout } from './idle-timeout.ts'
import type { InstanceSettings } from './instance-settings.ts'
import { Membership } from './membership.ts'
import { Mutex } from './mutex.ts'

export interface InstanceOptions {
  log: Log
  /** Username of the account that made the instance; no other account may use it. */
  owner: string
  group: string
  name: string
  topics: readonly string[]
  settings: InstanceSettings
  /** Default idle timeout; the settings may have another. */
  idleMs: number
  /** The end of the predecessor of the same name. */
  after: Promise<void> | undefined
  /** Called when the instance has left its group. */
  closed: () => void
}

/** A consumer instance of the REST format: a group member that lives between requests. It closes itself when idle. */
export class Instance {
  readonly options: InstanceOptions
  readonly #membership: Membership
  readonly #commits: Commits
  readonly #idle: IdleTimeout
  /** Separate from the mutex of commits, so that a commit does not wait for a long poll. */
  readonly #consuming = new Mutex()
  #closed: Promise<void> | undefined

  constructor(options: InstanceOptions) {
    this.options = options
    const { settings, idleMs } = options
    this.#membership = new Membership({ ...options, reset: settings.reset, crashed: () => void this.close() })
    this.#commits = new Commits(this.#membership, settings)
    this.#idle = new IdleTimeout(settings.idleMs ?? idleMs, () => void this.close())
    // The consume calls report the failure; a later call creates a new instance.
    this.#membership.joined.catch(() => this.close())
  }

  get owned(): readonly Owned[] {
    return this.#membership.owned
  }

  /** True from the moment the instance starts to close. */
  get closed(): boolean {
    return this.#membership.ended
  }

  /**
   * Hands out messages, or waits for them until the timeout or the signal. Positions advance at once: messages of a lost
   * response are redelivered only to the next instance of this name.
   */
  async consume(waitMs: number, signal: AbortSignal, room: Room): Promise<Message[]> {
    const deliveries = await this.take(waitMs, signal, room)
    this.advance(deliveries)
    return deliveries.flatMap(({ messages }) => messages)
  }

  /** As {@link consume}, but the caller calls {@link advance} when it has passed the messages on. */
  take(waitMs: number, signal: AbortSignal, room: Room): Promise<Delivery[]> {
    const until = performance.now() + waitMs
    const { buffer } = this.#membership
    const work = async (): Promise<Delivery[]> => {
      await this.started(until + ANSWER_MS - performance.now())
      const leftMs = Math.max(0, until - performance.now())
      const deliveries = await this.#unlessFailed(buffer.take(room, leftMs, signal))
      // An empty response would hide a partition that cannot be read.
      if (deliveries.length === 0 && this.#membership.failure) throw this.#membership.failure
      return deliveries
    }
    return this.#idle.during(() => this.#consuming.run(work, { waitMs, signal, otherwise: [] }))
  }

  /** Resolves when the start offsets are known; rejects if the log is unreachable, which an empty response would hide. */
  async started(limitMs = LOG_LIMIT_MS): Promise<void> {
    await answered(this.#membership.startOffsets, Math.min(limitMs, LOG_LIMIT_MS))
  }

  advance(deliveries: readonly Delivery[]): void {
    this.#commits.advance(deliveries)
  }

  /** Commits everything handed out. */
  commit(): Promise<void> {
    return this.#idle.during(() => this.#commits.commit())
  }

  /** Commits exactly these offsets. */
  commitAt(positions: readonly Position[]): Promise<void> {
    return this.#idle.during(() => this.#commits.commitAt(positions))
  }

  /** Ends running calls, commits if automatic commits are enabled, and leaves the group. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#membership.end()
    this.#commits.stop()
    this.#idle.stop()
    await this.#consuming.settled()
    await this.#commits.finish()
    await this.#membership.leave()
    this.options.closed()
  }

  #unlessFailed<T>(work: Promise<T>): Promise<T> {
    const failed = this.#membership.joined.then(() => new Promise<never>(() => undefined))
    return Promise.race([work, failed])
  }
}
