import type { Handler, Log, LogError, Owned, Running } from '#log/log.ts'
import { BatchBuffer } from './batch-buffer.ts'
import { ConsumedOffsets } from './progress.ts'
import { dropBeforeStart, type OffsetReset, readStartOffsets, type StartOffsets } from './start-offsets.ts'

export interface MembershipOptions {
  log: Log
  group: string
  topics: readonly string[]
  reset: OffsetReset
  /** The end of the predecessor of the same name. The member joins after it. */
  after: Promise<void> | undefined
  /** Called when the log has ended the member. */
  crashed: () => void
}

/** A member of a consumer group. It joins in the background; until it has partitions its buffer stays empty. */
export class Membership {
  readonly options: MembershipOptions
  readonly buffer = new BatchBuffer()
  readonly progress = new ConsumedOffsets()
  readonly startOffsets: Promise<StartOffsets>
  /** Rejects when the member cannot join. */
  readonly joined: Promise<Running>
  #owned: readonly Owned[] = []
  readonly #failures = new Map<string, LogError>()
  #ended = false
  #change = new AbortController()

  constructor(options: MembershipOptions) {
    this.options = options
    this.startOffsets = this.#readStartOffsets()
    this.joined = this.#join()
  }

  get owned(): readonly Owned[] {
    return this.#owned
  }

  /** Why a partition of this member cannot be read, while it cannot. */
  get failure(): LogError | undefined {
    return this.#failures.values().next().value
  }

  /** True from the moment the member starts to leave. */
  get ended(): boolean {
    return this.#ended
  }

  /** Aborts at the next assignment, the next lease, or the end. */
  get change(): AbortSignal {
    return this.#change.signal
  }

  /** Ends every wait for messages or leases. Leases last until {@link leave}. */
  end(): void {
    this.#ended = true
    this.buffer.end()
    this.#changed()
  }

  async leave(): Promise<void> {
    const running = await this.joined.catch(() => undefined)
    await running?.close(0)
  }

  async #readStartOffsets(): Promise<StartOffsets> {
    const { log, group, topics, reset, after } = this.options
    await after
    return readStartOffsets(log, group, topics, reset)
  }

  async #join(): Promise<Running> {
    const { log, group, topics, crashed } = this.options
    const starts = await this.startOffsets
    const handle: Handler = async (batch, lease) => {
      const rest = await dropBeforeStart(log, group, starts, batch, lease)
      this.progress.hold(batch.topic, batch.partition, lease)
      this.#changed()
      if (rest.messages.length > 0) await this.buffer.put(rest, lease)
    }
    const owned = (partitions: Owned[]): void => {
      this.#owned = partitions
      this.#failures.clear()
      this.#changed()
    }
    const unreadable = ({ topic, partition }: Owned, error: LogError | undefined): void => {
      const name = `${topic}/${partition}`
      if (error) this.#failures.set(name, error)
      else this.#failures.delete(name)
    }
    return log.run({ group, topics, owned, unreadable, crashed }, handle)
  }

  #changed(): void {
    this.#change.abort()
    this.#change = new AbortController()
  }
}
