import { type Log, LogError, type Message } from '#log/log.ts'
import type { Decode, Entry } from './entry.ts'
import { Window } from './window.ts'

const BATCH = 100
const WAIT_MS = 10_000

export interface PartitionTailOptions {
  log: Log
  topic: string
  partition: number
  decode: Decode
  /** The offset at which the shared reading begins. */
  end: number
  /** Called when the shared reading has ended: no reader is left, or the log cannot be read. */
  ended: () => void
}

/** One loop reads a partition into a window; the readers take entries from there. */
export class PartitionTail {
  readonly #options: PartitionTailOptions
  readonly #window: Window<Entry>
  readonly #readers = new Set<symbol>()
  readonly #waiting = new Set<() => void>()
  #isReading = false
  #failure: unknown

  constructor(options: PartitionTailOptions) {
    this.#options = options
    this.#window = new Window(options.end)
  }

  async follow(from: number, signal: AbortSignal, take: (entry: Entry) => Promise<void>): Promise<void> {
    const leave = this.#join(signal)
    try {
      for (let next = from; !signal.aborted;) {
        const batch = next < this.#window.first ? await this.#readAlone(next) : await this.#takeShared(next, signal)
        for (const entry of batch.entries) {
          if (signal.aborted) return
          await take(entry)
        }
        next = batch.next
      }
    } finally {
      leave()
    }
  }

  /** A reader has left when its signal aborts, even if `take` still waits for a client that has stalled. */
  #join(signal: AbortSignal): () => void {
    const reader = Symbol('reader')
    const leave = (): void => void this.#readers.delete(reader)
    signal.addEventListener('abort', leave, { once: true })
    this.#readers.add(reader)
    if (!this.#isReading) void this.#readShared()
    return leave
  }

  async #readShared(): Promise<void> {
    const { decode, ended } = this.#options
    this.#isReading = true
    try {
      while (this.#readers.size > 0) {
        const messages = await this.#read(this.#window.next)
        for (const message of messages) this.#window.push(decode(message), message.value?.length ?? 0)
        if (messages.length > 0) this.#wakeReaders()
      }
    } catch (error) {
      this.#failure = error
    }
    ended()
    this.#wakeReaders()
  }

  async #takeShared(from: number, signal: AbortSignal): Promise<Batch> {
    const entries = this.#window.from(from)
    if (entries.length > 0) return { entries, next: this.#window.next }
    if (this.#failure !== undefined) throw this.#failure
    await this.#nextWake(signal)
    return { entries: [], next: from }
  }

  /** Skips messages that retention has deleted. */
  async #readAlone(from: number): Promise<Batch> {
    const { log, topic, partition, decode } = this.#options
    try {
      const messages = await this.#read(from)
      return { entries: messages.map(decode), next: messages.length > 0 ? messages.at(-1)!.offset + 1 : from }
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'out_of_range') throw error
      const { first } = (await log.bounds(topic))[partition]!
      if (first <= from) throw error
      return { entries: [], next: first }
    }
  }

  #read(offset: number): Promise<Message[]> {
    const { log, topic, partition } = this.#options
    return log.read({ topic, partition, offset }, BATCH, WAIT_MS)
  }

  #wakeReaders(): void {
    for (const resume of this.#waiting) resume()
  }

  #nextWake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        this.#waiting.delete(resume)
        signal.removeEventListener('abort', resume)
        resolve()
      }
      this.#waiting.add(resume)
      signal.addEventListener('abort', resume)
    })
  }
}

interface Batch {
  entries: readonly Entry[]
  /** The offset to go on at once the entries are taken. */
  next: number
}
