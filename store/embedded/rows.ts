import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Doc } from '../store.ts'

/** Runs SQL by its text. Each text is prepared once; a store has few. */
export class Rows {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** The documents of a query that selects `doc`. */
  docs(sql: string, ...values: SQLInputValue[]): Doc[] {
    return this.#prepare(sql)
      .all(...values)
      .map(({ doc }) => JSON.parse(String(doc)) as Doc)
  }

  /** The number of rows that a write changed. */
  change(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
