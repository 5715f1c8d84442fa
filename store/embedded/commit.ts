import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'

/**
 * Group commit: the writes of one turn of the event loop share one transaction and one wait for the disk, which takes most of
 * the time. Each write resolves after the commit.
 *
 * A write must throw before its first statement or not at all, so that a failing one changes nothing and the others continue.
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  #queue: Job[] = []

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  write<T>(work: () => T): Promise<T> {
    if (this.#queue.length === 0) setImmediate(() => this.flush())
    return new Promise((resolve, reject) => {
      this.#queue.push({
        run: () => {
          const result = work()
          return () => resolve(result)
        },
        reject,
      })
    })
  }

  /** Commits or rejects every waiting write now. */
  flush(): void {
    const jobs = this.#queue
    this.#queue = []
    if (jobs.length === 0) return
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const resolvers = jobs.map((job) => this.#attempt(job))
      this.#commit()
      for (const resolve of resolvers) resolve()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      for (const { reject } of jobs) reject(asStoreError(error))
    }
  }

  #attempt({ run, reject }: Job): () => void {
    try {
      return run()
    } catch (error) {
      // A full disk ends the whole transaction, so that no write of this turn is done.
      if (!this.#db.isTransaction) throw error
      return () => reject(asStoreError(error))
    }
  }

  #commit(): void {
    try {
      this.#db.exec('COMMIT')
    } catch (error) {
      throw new StoreError('unknown', `the commit failed: ${String(error)}`, { cause: error })
    }
  }
}

interface Job {
  run: () => () => void
  reject: (error: StoreError) => void
}

export const asStoreError = (error: unknown): StoreError =>
  error instanceof StoreError ? error : new StoreError('unavailable', String(error), { cause: error })
