/** Commits an interval after something was handed out. The timer runs only while there is something to commit. */
export class AutoCommit {
  readonly #intervalMs: number
  readonly #commit: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(intervalMs: number, commit: () => Promise<void>) {
    this.#intervalMs = intervalMs
    this.#commit = commit
  }

  schedule(): void {
    if (this.#timer !== undefined || this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.run()
    }, this.#intervalMs).unref()
  }

  /** Commits now. A failed commit is retried after the interval; without it the messages are redelivered. */
  async run(): Promise<void> {
    try {
      await this.#commit()
    } catch {
      this.schedule()
    }
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
