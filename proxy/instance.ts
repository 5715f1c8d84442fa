import { MAX_SEND, type Handler, type Log, type Message, type Owned, type Position, type Running } from '#log/log.ts'
import { pause } from '#log/pause.ts'
import { Offers } from './offers.ts'
import { Positions } from './positions.ts'
import { Problem } from './problem.ts'
import { skipToStart, startsOf, type OffsetReset, type Starts } from './starts.ts'

/** Read from the request that makes the instance, and never again. */
export interface InstanceSettings {
  autoCommit: boolean
  autoCommitMs: number
  reset: OffsetReset
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

/** How long a commit waits for a partition that is still being assigned. */
const JOIN_WAIT_MS = 10_000

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
  readonly #joined: Promise<Running>
  #changed = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()
  #autoCommit: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  constructor(options: InstanceOptions) {
    this.options = options
    this.#starts = this.#prepare(options)
    this.#joined = this.#join(options)
    // Whoever consumes is told why it failed; a later call makes a new instance.
    this.#joined.catch(() => this.close())
  }

  /** True from the moment it begins to end. */
  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Hands out what is there, or waits for it. Positions advance at once: what an answer loses on its way is lost. */
  consume(waitMs: number): Promise<Message[]> {
    return this.#inTurn(async () => {
      await this.#starts
      const failed = this.#joined.then(() => new Promise<never>(() => undefined))
      const taken = await Promise.race([this.#offers.take(MAX_SEND, waitMs, this.#closing.signal), failed])
      for (const each of taken) this.#positions.advance(each)
      if (taken.length > 0) this.#commitLater()
      return taken.flatMap(({ messages }) => messages)
    })
  }

  /** Commits everything handed out. */
  commit(): Promise<void> {
    return this.#inTurn(() => this.#positions.commit())
  }

  commitAt(positions: readonly Position[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const position of positions) await this.#waitForLease(position)
      for (const position of positions) await this.#positions.commitAt(position)
    })
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
      this.#tellChange()
      if (rest.messages.length > 0) await this.#offers.offer(rest, lease)
    }
    const owned = (partitions: Owned[]): void => {
      this.owned = partitions
      this.#tellChange()
    }
    return log.run({ group, topics, owned }, handle)
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#autoCommit)
    await this.#turn
    clearTimeout(this.#idle)
    if (this.options.settings.autoCommit) await this.#commitWhatCanBe()
    const running = await this.#joined.catch(() => undefined)
    await running?.close(0)
    this.options.closed()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#idle)
    const result = this.#turn.then(work)
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.#turn = settled
    void settled.then(() => this.#turn === settled && this.#sleepLater())
    return result
  }

  #sleepLater(): void {
    if (this.closed) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), this.options.idleMs).unref()
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
      await this.#positions.commit()
    } catch {
      this.#commitLater()
    }
  }

  /** A lease comes with the first message of an assignment; while the group is still joining there is none yet. */
  async #waitForLease({ topic, partition }: Position): Promise<void> {
    const until = performance.now() + JOIN_WAIT_MS
    while (this.#positions.lease(topic, partition) === undefined) {
      if (this.closed || this.#isElsewhere(topic, partition)) {
        throw new Problem(409, `${topic}/${partition} is not with instance ${this.options.name}`)
      }
      const leftMs = until - performance.now()
      if (leftMs <= 0) throw new Problem(503, `no message of ${topic}/${partition} came yet`, { 'Retry-After': '1' })
      await pause(leftMs, AbortSignal.any([this.#changed.signal, this.#closing.signal]))
    }
  }

  /** Known once there is an assignment; none at all may mean that it is still under way. */
  #isElsewhere(topic: string, partition: number): boolean {
    if (!this.options.topics.includes(topic)) return true
    return this.owned.length > 0 && !this.owned.some((own) => own.topic === topic && own.partition === partition)
  }

  #tellChange(): void {
    this.#changed.abort()
    this.#changed = new AbortController()
  }
}
