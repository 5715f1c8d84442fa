/** Expires when no call is running and none has run for a while. */
export class IdleTimeout {
  readonly #idleMs: number
  readonly #expired: () => void
  #calls = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(idleMs: number, expired: () => void) {
    this.#idleMs = idleMs
    this.#expired = expired
  }

  /** Runs a call. The timeout starts over when the last running call ends. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    clearTimeout(this.#timer)
    this.#calls++
    try {
      return await call()
    } finally {
      if (--this.#calls === 0 && !this.#stopped) this.#timer = setTimeout(this.#expired, this.#idleMs).unref()
    }
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
