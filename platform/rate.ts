/** How many principals are remembered before those that have waited long enough are forgotten. */
const MANY = 10_000

/** An empty bucket is full again after this time, so that looking for full ones more often finds few. */
const FILL_MS = 1_000

interface Bucket {
  /** Requests that the principal may make at once. */
  left: number
  /** When `left` was right; monotonic milliseconds. */
  at: number
}

/** Limits each principal to a number of requests per second on average, and to as many at once. */
export class Rate {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  #forgottenAt = Number.NEGATIVE_INFINITY

  /** @param now monotonic clock in milliseconds */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** How many principals are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Whether the principal may make a request now. */
  admits(principal: string): boolean {
    if (this.#buckets.size > MANY && this.#now() >= this.#forgottenAt + FILL_MS) this.#forgetFull()
    const bucket = this.#filled(this.#buckets.get(principal) ?? { left: this.#perSecond, at: this.#now() })
    const isAdmitted = bucket.left >= 1
    if (isAdmitted) bucket.left--
    this.#buckets.set(principal, bucket)
    return isAdmitted
  }

  /** Takes back one request that was admitted. */
  giveBack(principal: string): void {
    const bucket = this.#buckets.get(principal)
    if (bucket) bucket.left++
  }

  #filled({ left, at }: Bucket): Bucket {
    const now = this.#now()
    return { left: Math.min(this.#perSecond, left + ((now - at) / 1000) * this.#perSecond), at: now }
  }

  /** A full bucket is the same as none. */
  #forgetFull(): void {
    this.#forgottenAt = this.#now()
    for (const [principal, bucket] of this.#buckets) {
      if (this.#filled(bucket).left >= this.#perSecond) this.#buckets.delete(principal)
    }
  }
}
