import { LogError, MAX_SEND, type Handler, type Log, type Message } from '#log/log.ts'
import type { Owned, Position, Running } from '#log/log.ts'
import { Leases } from './leases.ts'
import { Offers, type Room, type Taken } from './batch-buffer.ts'
import { LOG_LIMIT_MS, within } from '../upkeep/patient-log.ts'
import { Positions } from './progress.ts'
import { skipToStart, startsOf, type OffsetReset, type Starts } from './start-offsets.ts'
import { Turns } from './mutex.ts'

/** Read from the request that makes the instance, and never again. */
export interface InstanceSettings {
  autoCommit: boolean
  autoCommitMs: number
  reset: OffsetReset
  /** In place of the proxy's own, if the client has asked for it. */
  idleMs: number | undefined
}

export interface InstanceOptions {
  log: Log
  group: string
  name: string
  topics: readonly string[]
  settings: InstanceSettings
  /** It closes itself when nobody has called it for so long. */
  idleMs: number
  /** What it takes the place of, and has to see the end of. */
  after: Promise<void> | undefined
  closed: () => void
}

/** What one answer bears. */
export const ROOM: Room = { messages: MAX_SEND, bytes: 4 * 1024 * 1024 }

/**
 * One member of a group, as the format has it: it lives between requests and answers one at a time. It joins in the
 * background; until it has partitions, calls answer nothing or wait.
 */
export class Instance {
  readonly options: InstanceOptions
  owned: Owned[] = []
  readonly #offers = new Offers()
  readonly #positions = new Positions()
  readonly #closing = new AbortController()
  readonly #starts: Promise<Starts>
  readonly #leases: Leases
  readonly #joined: Promise<Running>
  /** Two rows: a commit need not wait until a long poll before it has ended. */
  readonly #consuming = new Turns()
  readonly #committing = new Turns()
  #calls = 0
  #autoCommit: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  constructor(options: InstanceOptions) {
    this.options = options
    this.#starts = this.#prepare(options)
    this.#leases = new Leases(this, this.#positions, this.#starts)
    this.#joined = this.#join(options)
    // Whoever consumes is told why it failed; a later call makes a new instance.
    this.#joined.catch(() => this.close())
  }

  /** True from the moment it begins to end. */
  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /**
   * Hands out what is there, or waits for it until the signal. Positions advance at once: what an answer loses on its way is
   * lost until the instance is made anew.
   */
  async consume(waitMs: number, signal: AbortSignal): Promise<Message[]> {
    const taken = await this.take(waitMs, signal)
    this.advance(taken)
    return taken.flatMap(({ messages }) => messages)
  }

  /** As {@link consume}, for whoever says with {@link advance} when it has passed them on. */
  take(waitMs: number, signal: AbortSignal, room: Room = ROOM): Promise<Taken[]> {
    const until = performance.now() + waitMs
    const left = (): number => Math.max(0, until - performance.now())
    const taking = async (): Promise<Taken[]> => {
      await this.begun()
      return this.#unlessFailed(this.#offers.take(room, left(), signal))
    }
    return this.#awake(() => this.#consuming.take(taking, waitMs, signal, []))
  }

  /** Resolves when the log has answered where it begins: one that is gone is told as such, and not as one without messages. */
  async begun(): Promise<void> {
    await within(LOG_LIMIT_MS, this.#starts, noAnswer)
  }

  advance(taken: readonly Taken[]): void {
    for (const each of taken) this.#positions.advance(each)
    if (taken.length > 0) this.#commitLater()
  }

  /** Commits everything handed out. */
  commit(): Promise<void> {
    return this.#awake(() => this.#committing.take(() => answered(this.#positions.commit())))
  }

  commitAt(positions: readonly Position[]): Promise<void> {
    const committing = async (): Promise<void> => {
      const leased: Position[] = []
      for (const position of positions) if (await this.#leases.wait(position)) leased.push(position)
      for (const position of leased) await answered(this.#positions.commitAt(position))
    }
    return this.#awake(() => this.#committing.take(committing))
  }

  /** Commits, where that goes by itself, and leaves the group. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  async #prepare({ log, group, topics, settings, after }: InstanceOptions): Promise<Starts> {
    await after
    return startsOf(log, group, topics, settings.reset)
  }

  async #join({ log, group, topics }: InstanceOptions): Promise<Running> {
    const starts = await this.#starts
    const handle: Handler = async (batch, lease) => {
      const rest = await skipToStart(log, group, starts, batch, lease)
      this.#positions.hold(batch.topic, batch.partition, lease)
      this.#leases.changed()
      if (rest.messages.length > 0) await this.#offers.offer(rest, lease)
    }
    const owned = (partitions: Owned[]): void => {
      this.owned = partitions
      this.#leases.changed()
    }
    return log.run({ group, topics, owned }, handle)
  }

  #unlessFailed<T>(work: Promise<T>): Promise<T> {
    const failed = this.#joined.then(() => new Promise<never>(() => undefined))
    return Promise.race([work, failed])
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort()
    this.#offers.end()
    this.#leases.changed()
    clearTimeout(this.#autoCommit)
    await this.#consuming.settled()
    await this.#committing.settled()
    clearTimeout(this.#idle)
    if (this.options.settings.autoCommit) await this.#commitWhatCanBe()
    const running = await this.#joined.catch(() => undefined)
    await running?.close(0)
    this.options.closed()
  }

  /** While somebody calls it does not idle. */
  async #awake<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#idle)
    this.#calls++
    try {
      return await work()
    } finally {
      if (--this.#calls === 0) this.#sleepLater()
    }
  }

  #sleepLater(): void {
    if (this.closed) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), this.options.settings.idleMs ?? this.options.idleMs).unref()
  }

  /** A timer only while there is something to commit: an idle instance costs nothing. */
  #commitLater(): void {
    const { autoCommit, autoCommitMs } = this.options.settings
    if (!autoCommit || this.#autoCommit !== undefined || this.closed) return
    this.#autoCommit = setTimeout(() => {
      this.#autoCommit = undefined
      void this.#commitWhatCanBe()
    }, autoCommitMs).unref()
  }

  /** What cannot be committed comes again: nobody waits for an answer here. */
  async #commitWhatCanBe(): Promise<void> {
    try {
      await this.#committing.take(() => answered(this.#positions.commitNew()))
    } catch {
      this.#commitLater()
    }
  }
}

const noAnswer = (): LogError => new LogError('unavailable', `the log did not answer within ${LOG_LIMIT_MS} ms`)

const answered = <T>(work: Promise<T>): Promise<T> => within(LOG_LIMIT_MS, work, noAnswer)
