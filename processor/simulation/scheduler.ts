/**
 * Chance and time of the simulation. Every call that an actor makes to the outside waits here until the scheduler picks it;
 * then it is done, or done but its answer lost, or done late, or never. An actor may die between any two steps. One seed, one
 * schedule: whatever fails, fails again.
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
  /** Off: every call is done once and answered. */
  faults = true
  #operations: Operation[] = []
  #waiters: Waiter[] = []
  #late: (() => void)[] = []
  #answered = false

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
   * A call to the outside.
   * @param apply its effect; what it returns or throws is the answer
   * @param lost the error of an answer that never came; a call without one is never disturbed
   */
  call<T>(actor: Actor, apply: () => T, lost?: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (give: () => void) => this.#operations.push({ actor, perform: () => this.#give(give) })
      const done = () => {
        try {
          const value = apply()
          answer(() => resolve(value))
        } catch (error) {
          answer(() => reject(error))
        }
      }
      const perform = () => {
        const fate = lost && this.faults ? this.random() : 1
        if (!lost || fate >= 0.11) return done()
        if (fate < 0.05) attempt(apply)
        else if (fate < 0.08) this.#late.push(apply)
        answer(() => reject(lost()))
      }
      this.#operations.push({ actor, perform })
    })
  }

  /** Resolves at some time after the condition holds. */
  when(actor: Actor, ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ actor, ready, perform: () => this.#give(resolve) })
    })
  }

  /** What the actor has under way is not answered any more; what has been done stays done. */
  kill(actor: Actor): void {
    this.#operations = this.#operations.filter((operation) => operation.actor !== actor)
    this.#waiters = this.#waiters.filter((waiter) => waiter.actor !== actor)
  }

  get hasLate(): boolean {
    return this.#late.length > 0
  }

  /** A write that nobody waits for any more arrives. */
  landLate(): void {
    attempt(this.#late.splice(this.pick(this.#late.length), 1)[0]!)
  }

  /** Does one thing; false if nothing can be done. */
  async step(): Promise<boolean> {
    const ready = this.#waiters.filter((waiter) => waiter.ready())
    const choice = this.pick(this.#operations.length + ready.length)
    const operation = this.#operations[choice] ?? ready[choice - this.#operations.length]
    if (!operation) return false
    if (choice < this.#operations.length) this.#operations.splice(choice, 1)
    else this.#waiters.splice(this.#waiters.indexOf(operation as Waiter), 1)
    this.#answered = false
    operation.perform()
    if (this.#answered) await everyoneWaits()
    return true
  }

  #give(give: () => void): void {
    this.#answered = true
    give()
  }
}

/** Until all that follows from an answer has run, and every actor waits for its next call. */
const everyoneWaits = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function attempt(apply: () => unknown): void {
  try {
    apply()
  } catch {
    // Nobody is there to hear the answer.
  }
}
