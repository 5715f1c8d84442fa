/** Whether the process goes on: what is under way in it, and when each part of that was last seen to move. */
import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Well above every wait that has a bound: a question to Kafka (5 s, that for what comes next a little more), a call of the store
 * (5 s), the pause after a batch that failed (5 s), a stream's wait for what comes next (15 s). What takes longer waits for nothing
 * that we know of.
 */
const STANDSTILL_MS = 60_000

/** Kafka's own default of how long a member may be silent: dealing partitions anew takes two of them, at most. */
const SESSION_MS = 30_000

/** Something that has to end, or to show again and again that it goes on. */
export interface Turning {
  beat(): void
  /** Nothing is expected of it any longer. */
  end(): void
}

export interface ProgressOptions {
  /** Milliseconds from any point in time on. */
  now?: () => number
  standstillMs?: number
  /** How long Kafka lets a member be silent, if that was set. */
  sessionMs?: number | undefined
}

/** Whose work this is: while it waits for many answers one after the other, each of them shows that it goes on. */
const batch = new AsyncLocalStorage<() => void>()

/**
 * What stands still is told to whoever may restart the process. A log or a store that is away makes nothing stand still: the
 * attempts fail, and the next ones follow.
 */
export class Progress {
  readonly standstillMs: number
  /** A member without an assignment may be waiting for others for as long. */
  readonly outsideMs: number
  readonly #now: () => number
  readonly #loops = new Set<Loop>()

  constructor({ now, standstillMs = STANDSTILL_MS, sessionMs = SESSION_MS }: ProgressOptions = {}) {
    this.#now = now ?? (() => performance.now())
    this.standstillMs = standstillMs
    this.outsideMs = standstillMs + 2 * sessionMs
  }

  /** @param name for people, and unique among what may stand still at the same time */
  begin(name: string, limitMs = this.standstillMs): Turning {
    const loop = new Loop(name, limitMs, this.#now)
    this.#loops.add(loop)
    return { beat: () => loop.beat(), end: () => void this.#loops.delete(loop) }
  }

  /** A call, which has to end. Its end is a sign of life of the batch it was made for. */
  async call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const call = this.begin(name)
    try {
      return await work()
    } finally {
      call.end()
      batch.getStore()?.()
    }
  }

  /** Everything that has not moved for longer than it may, each as a sentence; empty if the process goes on. */
  standing(): string[] {
    const said = [...this.#loops].filter((loop) => loop.stillMs > loop.limitMs).map(String)
    return [...new Set(said)].sort()
  }
}

/** The work on one batch: whatever log and store answer to it is a beat. */
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
