/** Whether the process makes progress: the work under way, and when each part of it last moved. */
import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Well above every bounded wait: a call to Kafka (about 5 s), a store call (5 s), the pause after a failed batch (5 s), a
 * stream's wait for the next message (15 s).
 */
const STANDSTILL_MS = 60_000

/** Kafka's default session timeout. A rebalance takes at most two of them. */
const SESSION_MS = 30_000

/** Work that must end, or beat at intervals. */
export interface Watched {
  beat(): void
  /** The work is done. */
  end(): void
}

export interface ProgressOptions {
  /** Milliseconds since any fixed point in time. */
  now?: () => number
  standstillMs?: number
  /** Kafka's session timeout, if it is configured. */
  sessionMs?: number | undefined
}

/** The batch that a call belongs to: each call that returns is a beat of the batch. */
const batch = new AsyncLocalStorage<() => void>()

/**
 * Reports work that stands still, so that the process can be restarted. An unreachable log or store makes no work stand still: the
 * calls fail and are retried.
 */
export class Progress {
  readonly standstillMs: number
  /** The limit of a member without an assignment, which may be waiting for a rebalance. */
  readonly outsideMs: number
  readonly #now: () => number
  readonly #loops = new Set<Loop>()

  constructor({ now, standstillMs = STANDSTILL_MS, sessionMs = SESSION_MS }: ProgressOptions = {}) {
    this.#now = now ?? (() => performance.now())
    this.standstillMs = standstillMs
    this.outsideMs = standstillMs + 2 * sessionMs
  }

  /** @param name shown to people; unique among the work under way */
  begin(name: string, limitMs = this.standstillMs): Watched {
    const loop = new Loop(name, limitMs, this.#now)
    this.#loops.add(loop)
    return { beat: () => loop.beat(), end: () => void this.#loops.delete(loop) }
  }

  /** A call, which must end. Its end is a beat of the batch that made it. */
  async call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const call = this.begin(name)
    try {
      return await work()
    } finally {
      call.end()
      batch.getStore()?.()
    }
  }

  /** The work that stands still, a sentence each; empty if the process makes progress. */
  stalled(): string[] {
    const sentences = [...this.#loops].filter((loop) => loop.stillMs > loop.limitMs).map(String)
    return [...new Set(sentences)].sort()
  }
}

/** The work on one batch: each call of log or store that returns is a beat. */
export const inBatch = <T>(beat: () => void, work: () => Promise<T>): Promise<T> => batch.run(beat, work)

class Loop {
  readonly #name: string
  readonly #now: () => number
  #at: number
  readonly limitMs: number

  constructor(name: string, limitMs: number, now: () => number) {
    this.#name = name
    this.#now = now
    this.#at = now()
    this.limitMs = limitMs
  }

  get stillMs(): number {
    return this.#now() - this.#at
  }

  beat(): void {
    this.#at = this.#now()
  }

  toString(): string {
    return `${this.#name} has stood still for ${Math.floor(this.stillMs / 1000)} s`
  }
}
