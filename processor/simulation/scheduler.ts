/**
 * The scheduler of the simulation. Every external call of an actor waits until the scheduler picks it. Then it succeeds, loses its
 * response, takes effect late, or never does. An actor may die between any two steps. A seed always gives the same schedule.
 */
export interface Actor {
  name: string
}

export interface Random {
  /** In [0, 1). */
  (): number
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Operation {
  actor: Actor
  perform: () => void
}

interface Waiter extends Operation {
  ready: () => boolean
}

export class Scheduler {
  readonly random: Random
  /** If false, every call succeeds once and gets its response. */
  faults = true
  #operations: Operation[] = []
  #waiters: Waiter[] = []
  #late: (() => void)[] = []
  #responded = false

  constructor(random: Random) {
    this.random = random
  }

  pick(below: number): number {
    return Math.floor(this.random() * below)
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.pick(values.length)]!
  }

  /**
   * Makes an external call.
   * @param apply the effect of the call; its result or error is the response
   * @param lost makes the error for a lost response; without it, the call never fails
   */
  call<T>(actor: Actor, apply: () => T, lost?: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const respond = (settle: () => void) => this.#operations.push({ actor, perform: () => this.#settle(settle) })
      const succeed = () => {
        try {
          const value = apply()
          respond(() => resolve(value))
        } catch (error) {
          respond(() => reject(error))
        }
      }
      const perform = () => {
        const fate = lost && this.faults ? this.random() : 1
        if (!lost || fate >= 0.11) return succeed()
        if (fate < 0.05) attempt(apply)
        else if (fate < 0.08) this.#late.push(apply)
        respond(() => reject(lost()))
      }
      this.#operations.push({ actor, perform })
    })
  }

  /** Resolves at some time after the condition holds. */
  when(actor: Actor, ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ actor, ready, perform: () => this.#settle(resolve) })
    })
  }

  /** Drops the actor's pending calls and responses. Effects that have taken place remain. */
  kill(actor: Actor): void {
    this.#operations = this.#operations.filter((operation) => operation.actor !== actor)
    this.#waiters = this.#waiters.filter((waiter) => waiter.actor !== actor)
  }

  get hasLate(): boolean {
    return this.#late.length > 0
  }

  /** Applies one late write, whose caller has already received an error. */
  applyLate(): void {
    attempt(this.#late.splice(this.pick(this.#late.length), 1)[0]!)
  }

  /** Performs one operation; returns false if none is possible. */
  async step(): Promise<boolean> {
    const ready = this.#waiters.filter((waiter) => waiter.ready())
    const choice = this.pick(this.#operations.length + ready.length)
    const operation = this.#operations[choice] ?? ready[choice - this.#operations.length]
    if (!operation) return false
    if (choice < this.#operations.length) this.#operations.splice(choice, 1)
    else this.#waiters.splice(this.#waiters.indexOf(operation as Waiter), 1)
    this.#responded = false
    operation.perform()
    if (this.#responded) await actorsIdle()
    return true
  }

  #settle(settle: () => void): void {
    this.#responded = true
    settle()
  }
}

/** Resolves when every actor has processed its response and waits for its next call. */
const actorsIdle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function attempt(apply: () => unknown): void {
  try {
    apply()
  } catch {
    // The caller has already received an error.
  }
}
