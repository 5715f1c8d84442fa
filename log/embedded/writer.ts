import type { DatabaseSync } from 'node:sqlite'
import { LogError } from '../log.ts'
import type { QueueLimit } from '../outgoing.ts'

/**
 * Group commit: the writes of one turn of the event loop share one transaction and one wait for the disk, which takes most of
 * the time. Each write resolves after the commit, in call order.
 */
export class Writer {
  readonly #db: DatabaseSync
  readonly #limit: QueueLimit
  readonly #rolledBack: () => void
  #queue: Write[] = []
  #messages = 0
  #bytes = 0

  /** `rolledBack` is called when a transaction failed, so that state in memory can be read again. */
  constructor(db: DatabaseSync, limit: QueueLimit, rolledBack: () => void) {
    this.#db = db
    this.#limit = limit
    this.#rolledBack = rolledBack
  }

  /** `work` runs inside the transaction. Check everything before: an error rolls back every write of the turn. */
  write<T>(messages: number, bytes: number, work: () => T): Promise<T> {
    if (this.#messages + messages > this.#limit.messages || this.#bytes + bytes > this.#limit.bytes) {
      throw new LogError('overloaded', 'the write queue is full: wait and send again')
    }
    if (this.#queue.length === 0) setImmediate(() => this.flush())
    this.#messages += messages
    this.#bytes += bytes
    return new Promise((resolve, reject) => {
      const run = (): (() => void) => {
        const result = work()
        return () => resolve(result)
      }
      this.#queue.push({ run, reject })
    })
  }

  /** Commits or rejects every waiting write now. */
  flush(): void {
    const writes = this.#queue
    this.#queue = []
    this.#messages = 0
    this.#bytes = 0
    if (writes.length === 0) return
    try {
      for (const settle of this.#transaction(writes)) settle()
    } catch (error) {
      this.#rolledBack()
      for (const { reject } of writes) reject(error)
    }
  }

  #transaction(writes: readonly Write[]): (() => void)[] {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const settled = writes.map(({ run }) => run())
      this.#commit()
      return settled
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asLogError(error)
    }
  }

  /** A failed commit may be on the disk and appear when the file is opened again. */
  #commit(): void {
    try {
      this.#db.exec('COMMIT')
    } catch (error) {
      throw new LogError('unknown', `the commit failed: ${String(error)}`, { cause: error })
    }
  }
}

interface Write {
  run: () => () => void
  reject: (error: unknown) => void
}

function asLogError(error: unknown): LogError {
  if (error instanceof LogError) return error
  return new LogError('unavailable', `the write failed and nothing was written: ${String(error)}`, { cause: error })
}
