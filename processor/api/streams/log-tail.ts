import type { Log } from '#log/log.ts'
import { type Decode, type Entry, entryOf } from './entry.ts'
import { PartitionTail } from './partition-tail.ts'
import type { Vector } from './vector.ts'

export interface LogTailOptions {
  log: Log
  topic: string
  decode?: Decode
}

/**
 * The end of the log of record, read and decoded once per process for all connected readers, and only while there are any.
 * Readers take entries at their own pace. A reader behind the shared window reads the log itself until it has caught up.
 */
export class LogTail {
  readonly #options: Required<LogTailOptions>
  readonly #partitions = new Map<number, PartitionTail>()

  constructor({ decode = entryOf, ...options }: LogTailOptions) {
    this.#options = { decode, ...options }
  }

  /**
   * Passes each entry from a vector on to `take`, until the signal aborts: those of one partition in order and one at a time,
   * without a gap or a repetition. An error of one partition ends the reading of all.
   * @param end the end of the log a moment ago, where a tail that has no readers yet begins
   * @throws LogError when the log cannot be read
   */
  async follow(from: Vector, end: Vector, signal: AbortSignal, take: (entry: Entry) => Promise<void>): Promise<void> {
    const ended = new AbortController()
    const ending = AbortSignal.any([signal, ended.signal])
    try {
      await Promise.all(from.map((offset, n) => this.#partition(n, end[n]!).follow(offset, ending, take)))
    } finally {
      ended.abort()
    }
  }

  #partition(partition: number, end: number): PartitionTail {
    const open = this.#partitions.get(partition)
    if (open) return open
    const ended = (): void => void this.#partitions.delete(partition)
    const tail = new PartitionTail({ ...this.#options, partition, end, ended })
    this.#partitions.set(partition, tail)
    return tail
  }
}
