import { pause } from '#platform/deadline.ts'
import type { Handler, Log, LogError, Owned, Running, RunOptions } from '#log/log.ts'
import type { Lag } from './metrics.ts'
import type { Monitor } from './monitor.ts'
import { inBatch, type Watched } from './progress.ts'

/** How often a member looks at its partitions within the time of a standstill. */
const LOOKS = 6

/** Joins a group as `log.run` does. The monitor then knows whether the member makes progress, and its lag. */
export async function runWatched(log: Log, options: RunOptions, handle: Handler, monitor: Monitor): Promise<Running> {
  const member = new WatchedMember(log, options, monitor)
  const owned: RunOptions['owned'] = (partitions, signal) => {
    member.assigned(partitions, signal)
    options.owned?.(partitions, signal)
  }
  const unreadable: RunOptions['unreadable'] = (partition, error) => member.unreadable(partition, error)
  const running = await log.run({ ...options, owned, unreadable }, member.watched(handle))
  const looking = member.look()
  return {
    async close(graceMs) {
      member.end()
      await Promise.all([running.close(graceMs), looking])
    },
  }
}

/**
 * The log runs a member's loops and shows only the batches. So a partition makes progress while batches arrive and the calls of
 * their handler return. Without batches it makes progress if it has no lag, or if the log cannot be read. A partition with lag
 * and without batches stands still, whatever the reason.
 */
class WatchedMember {
  readonly #log: Log
  readonly #options: RunOptions
  readonly #monitor: Monitor
  readonly #ending = new AbortController()
  readonly #partitions = new Map<string, Watched>()
  #owned: readonly Owned[] = []
  #outside: Watched | undefined

  constructor(log: Log, options: RunOptions, monitor: Monitor) {
    this.#log = log
    this.#options = options
    this.#monitor = monitor
  }

  watched(handle: Handler): Handler {
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

  /** Shown to operators. It makes no standstill, because a restart does not make a partition readable. */
  unreadable(partition: Owned, error: LogError | undefined): void {
    const name = this.#nameOf(partition)
    if (error) this.#monitor.unreadable.set(name, error.message)
    else this.#monitor.unreadable.delete(name)
  }

  /** Looks at the partitions until the member ends. */
  async look(): Promise<void> {
    const { signal } = this.#ending
    const everyMs = this.#monitor.progress.standstillMs / LOOKS
    while (!signal.aborted) {
      await pause(everyMs, signal)
      if (!signal.aborted) await this.#lookOnce()
    }
  }

  /** From here on no progress is expected. */
  end(): void {
    this.#ending.abort()
    this.#revoked()
  }

  #revoked(): void {
    for (const watched of this.#partitions.values()) watched.end()
    for (const each of this.#owned) this.#monitor.unreadable.delete(this.#nameOf(each))
    this.#partitions.clear()
    this.#owned = []
    this.#monitor.metrics.lags(this.#options.group, [])
    this.#outside?.end()
    if (this.#ending.signal.aborted) return
    this.#outside = this.#begin(`${this.#options.group} without its partitions`, this.#monitor.progress.outsideMs)
  }

  async #lookOnce(): Promise<void> {
    try {
      const lags = await Promise.all(this.#options.topics.map((topic) => this.#lookAt(topic)))
      this.#monitor.metrics.lags(this.#options.group, lags.flat())
    } catch {
      // The log, or a part of it, is unreachable; restarting this process would not help.
      this.#outside?.beat()
      for (const watched of this.#partitions.values()) watched.beat()
    }
  }

  async #lookAt(topic: string): Promise<Lag[]> {
    const { group } = this.#options
    const [bounds, committed] = await Promise.all([this.#log.bounds(topic), this.#log.committed(group, topic)])
    const mine = this.#owned.filter((each) => each.topic === topic)
    return Promise.all(
      mine.map(async (each) => {
        // A partition may be newer than the answer.
        const { first, end } = bounds[each.partition] ?? { first: 0, end: 0 }
        const offset = Math.max(first, committed[each.partition] ?? -1)
        if (offset >= end || !(await this.#isReadable({ ...each, offset }))) this.#beat(each)
        return { group, ...each, lag: Math.max(0, end - offset) }
      }),
    )
  }

  /** Offsets behind the last message may hold no message but the markers of a transaction. */
  async #isReadable(at: Owned & { offset: number }): Promise<boolean> {
    if (this.#monitor.unreadable.has(this.#nameOf(at))) return false
    return (await this.#log.read(at, 1, 0)).length > 0
  }

  #nameOf(partition: Owned): string {
    return `${this.#options.group} ${nameOf(partition)}`
  }

  #beat(owned: Owned): void {
    this.#partitions.get(nameOf(owned))?.beat()
  }

  #begin(name: string, limitMs?: number): Watched {
    return this.#monitor.progress.begin(name, limitMs)
  }
}

const nameOf = ({ topic, partition }: Owned): string => `${topic}/${partition}`
