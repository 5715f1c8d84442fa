import { setTimeout as pause } from 'node:timers/promises'
import type { Handler, Log, Owned, Running, RunOptions } from '#log/log.ts'
import { inBatch, type Progress, type Turning } from './progress.ts'

/** How often a member looks at its partitions within the time of a standstill. */
const LOOKS = 6

/** Messages behind a group's last commit, of a partition that this process has. */
export interface Lag extends Owned {
  group: string
  lag: number
}

export interface Seeing {
  progress: Progress
  /** Told at every look. */
  lags: (group: string, lags: readonly Lag[]) => void
}

/** Joins a group as `log.run` does, and sees to it that `progress` knows whether the member goes on. */
export async function joinSeen(log: Log, options: RunOptions, handle: Handler, seeing: Seeing): Promise<Running> {
  const member = new SeenMember(log, options, seeing)
  const owned: RunOptions['owned'] = (partitions, signal) => {
    member.assigned(partitions, signal)
    options.owned?.(partitions, signal)
  }
  const running = await log.run({ ...options, owned }, member.turning(handle))
  const watching = member.watch()
  return {
    async close(graceMs) {
      member.end()
      await Promise.all([running.close(graceMs), watching])
    },
  }
}

/**
 * The log drives a member's loops, and shows nothing of them but the batches it brings. So a partition goes on while batches come
 * and their work gets answers; and while none come, if none can: nothing waits behind what the group has committed, or the log
 * itself cannot say. A partition whose messages wait while nobody gets them stands still, whatever the reason.
 */
class SeenMember {
  readonly #log: Log
  readonly #options: RunOptions
  readonly #seeing: Seeing
  readonly #ending = new AbortController()
  readonly #partitions = new Map<string, Turning>()
  #owned: readonly Owned[] = []
  #outside: Turning | undefined

  constructor(log: Log, options: RunOptions, seeing: Seeing) {
    this.#log = log
    this.#options = options
    this.#seeing = seeing
  }

  turning(handle: Handler): Handler {
    return async (batch, lease) => {
      const beat = (): void => this.#beat(batch)
      beat()
      await inBatch(beat, () => handle(batch, lease)).finally(beat)
    }
  }

  assigned(partitions: readonly Owned[], signal: AbortSignal): void {
    if (this.#ending.signal.aborted) return
    this.#outside?.end()
    this.#outside = undefined
    this.#owned = partitions
    for (const each of partitions) {
      this.#partitions.set(nameOf(each), this.#begin(`${this.#options.group} on ${nameOf(each)}`))
    }
    signal.addEventListener('abort', () => this.#revoked())
  }

  /** Until it ends. */
  async watch(): Promise<void> {
    const { signal } = this.#ending
    const everyMs = this.#seeing.progress.standstillMs / LOOKS
    while (!signal.aborted) {
      await pause(everyMs, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await this.#look()
    }
  }

  /** From here on nothing is expected of it. */
  end(): void {
    this.#ending.abort()
    this.#revoked()
  }

  #revoked(): void {
    for (const turning of this.#partitions.values()) turning.end()
    this.#partitions.clear()
    this.#owned = []
    this.#seeing.lags(this.#options.group, [])
    this.#outside?.end()
    if (this.#ending.signal.aborted) return
    this.#outside = this.#begin(`${this.#options.group} without its partitions`, this.#seeing.progress.outsideMs)
  }

  async #look(): Promise<void> {
    try {
      const lags = await Promise.all(this.#options.topics.map((topic) => this.#lookAt(topic)))
      this.#seeing.lags(this.#options.group, lags.flat())
    } catch {
      // It is away, or a part of it: to start anew would not bring it back.
      this.#outside?.beat()
      for (const turning of this.#partitions.values()) turning.beat()
    }
  }

  async #lookAt(topic: string): Promise<Lag[]> {
    const { group } = this.#options
    const [bounds, committed] = await Promise.all([this.#log.bounds(topic), this.#log.committed(group, topic)])
    const mine = this.#owned.filter((each) => each.topic === topic)
    return Promise.all(
      mine.map(async (each) => {
        const { first, end } = bounds[each.partition]!
        const offset = Math.max(first, committed[each.partition]!)
        if (offset >= end || !(await this.#isMessage({ ...each, offset }))) this.#beat(each)
        return { group, ...each, lag: Math.max(0, end - offset) }
      }),
    )
  }

  /** Behind the last message may lie what is none: the marks of somebody's transactions. */
  async #isMessage(at: Owned & { offset: number }): Promise<boolean> {
    return (await this.#log.read(at, 1, 0)).length > 0
  }

  #beat(owned: Owned): void {
    this.#partitions.get(nameOf(owned))?.beat()
  }

  #begin(name: string, limitMs?: number): Turning {
    return this.#seeing.progress.begin(name, limitMs)
  }
}

const nameOf = ({ topic, partition }: Owned): string => `${topic}/${partition}`
