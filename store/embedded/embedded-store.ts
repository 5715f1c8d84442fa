/**
 * The store of one process: one SQLite file with a table of JSON documents per collection. Statements are synchronous and reads
 * run between transactions, so a read sees exactly what is committed.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { applyChange, checkChange, checkCondition, holds } from '../change.ts'
import { asStoreError, GroupCommit } from './commit.ts'
import { declareIndexes, declareTable, hasTable, openFile } from './file.ts'
import { Rows } from './rows.ts'
import { MISSING, countSql, scanSql, sweepSql, type Step } from './sql.ts'
import { decodeCursor, encodeCursor, indexFor, indexForCount, type PageEnd } from '../query.ts'
import { StoreError, type Change, type Collections, type Condition, type Doc, type Page, type Query } from '../store.ts'
import type { Collection, Store } from '../store.ts'
import { checkDoc, checkId, checkUndeclared, invalid } from '../value.ts'

export interface EmbeddedStoreOptions {
  /** `:memory:` is lost on close. */
  file: string
  collections: Collections
  /** Of the documents ({@link Schema}): a file with a newer one is refused. Not checked if absent. */
  version?: number
  now?: () => number
  /** How often expired documents are removed. */
  sweepMs?: number
}

export const openEmbeddedStore = (options: EmbeddedStoreOptions): Store => new EmbeddedStore(options)

/** Documents removed per transaction, so that a backlog does not block other writes. */
const MAX_SWEEP = 500

class EmbeddedStore implements Store {
  readonly #db: DatabaseSync
  readonly #declared: Collections
  readonly #collections: Map<string, Collection>
  readonly #commit: GroupCommit
  readonly #rows: Rows
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #closed = false

  constructor({ file, collections, version, now = Date.now, sweepMs = 60_000 }: EmbeddedStoreOptions) {
    this.#db = openFile(file, collections, version)
    this.#rows = new Rows(this.#db)
    this.#declared = collections
    this.#collections = new Map(Object.entries(collections))
    this.#commit = new GroupCommit(this.#db)
    this.#now = now
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref()
    this.#sweep()
  }

  async get<T extends Doc>(collection: string, id: string): Promise<T | undefined> {
    this.#open(collection)
    checkId(id)
    return this.#read(() => this.#find(collection, id) as T | undefined)
  }

  async getMany<T extends Doc>(collection: string, ids: readonly string[]): Promise<T[]> {
    this.#open(collection)
    for (const id of ids) checkId(id)
    const sql = `SELECT doc FROM "${collection}" WHERE _id IN (SELECT value FROM json_each(?))`
    return this.#read(() => this.#rows.docs(sql, JSON.stringify(ids)) as T[])
  }

  async insert(collection: string, doc: Doc): Promise<boolean> {
    this.#open(collection)
    checkDoc(doc)
    const { _id: id } = doc
    const json = JSON.stringify(doc)
    const sql = `INSERT INTO "${collection}" (_id, doc) VALUES (?, ?) ON CONFLICT DO NOTHING`
    return this.#commit.write(() => this.#rows.change(sql, id, json) === 1)
  }

  async patch(collection: string, id: string, change: Change, when?: Condition): Promise<boolean> {
    this.#open(collection)
    checkId(id)
    checkChange(change)
    if (when) checkCondition(when)
    const copy = structuredClone(change)
    return this.#commit.write(() => this.#patch(collection, id, copy, when))
  }

  async remove(collection: string, id: string): Promise<boolean> {
    this.#open(collection)
    checkId(id)
    return this.#commit.write(() => this.#rows.change(`DELETE FROM "${collection}" WHERE _id = ?`, id) === 1)
  }

  async scan<T extends Doc>(collection: string, query: Query): Promise<Page<T>> {
    const index = indexFor(this.#open(collection), query)
    const end = query.cursor === undefined ? undefined : decodeCursor(query.cursor, query.order)
    const docs = this.#read(() => this.#scan(collection, index, query, end) as T[])
    if (docs.length <= query.limit) return { docs }
    docs.pop()
    return { docs, next: encodeCursor(pageEndOf(docs.at(-1)!, query.order.by), query.order) }
  }

  async count(collection: string, where: Query['where']): Promise<number> {
    const index = indexForCount(this.#open(collection), where)
    const equals = index.slice(0, -1).map((field) => JSON.stringify(where[field]))
    const [counted] = this.#read(() => this.#rows.docs(countSql(collection, index), ...equals))
    return counted!['count'] as number
  }

  async createCollection(name: string, like: string): Promise<void> {
    const collection = this.#open(like)
    checkUndeclared(name, this.#declared)
    await this.#commit.write(() => this.#whole(() => declareTable(this.#db, name, collection)))
    this.#collections.set(name, collection)
  }

  async replaceCollection(from: string, to: string): Promise<boolean> {
    const collection = this.#open(to)
    checkUndeclared(from, this.#declared)
    const replaced = await this.#commit.write(() => this.#whole(() => this.#replace(from, to, collection)))
    this.#collections.delete(from)
    return replaced
  }

  async dropCollection(name: string): Promise<boolean> {
    this.#checkOpen()
    checkUndeclared(name, this.#declared)
    this.#collections.delete(name)
    return this.#commit.write(() => this.#whole(() => this.#drop(name)))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    this.#commit.flush()
    this.#db.close()
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError('closed', 'The store is closed.')
  }

  #open(name: string): Collection {
    this.#checkOpen()
    const found = this.#collections.get(name)
    if (!found) throw invalid(`The collection ${name} is not declared.`)
    return found
  }

  #read<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw asStoreError(error)
    }
  }

  #find(collection: string, id: string): Doc | undefined {
    return this.#rows.docs(`SELECT doc FROM "${collection}" WHERE _id = ?`, id)[0]
  }

  #patch(collection: string, id: string, change: Change, when: Condition | undefined): boolean {
    const found = this.#find(collection, id)
    if (!found && !change.upsert) return false
    if (when && !holds(when, found)) return false
    const doc = found ?? { _id: id }
    applyChange(doc, change)
    const sql = `INSERT INTO "${collection}" (_id, doc) VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc`
    return this.#rows.change(sql, id, JSON.stringify(doc)) === 1
  }

  #replace(from: string, to: string, collection: Collection): boolean {
    if (!hasTable(this.#db, from)) return false
    this.#drop(to)
    this.#db.exec(`ALTER TABLE "${from}" RENAME TO "${to}"`)
    declareIndexes(this.#db, to, collection)
    return true
  }

  #drop(name: string): boolean {
    const isThere = hasTable(this.#db, name)
    if (isThere) this.#db.exec(`DROP TABLE "${name}"`)
    return isThere
  }

  /** Runs several statements as a whole or not at all, within the transaction that other writes share. */
  #whole<T>(work: () => T): T {
    this.#db.exec('SAVEPOINT whole')
    try {
      return work()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK TO whole')
      throw error
    } finally {
      if (this.#db.isTransaction) this.#db.exec('RELEASE whole')
    }
  }

  /** One more than requested, which shows whether another page exists. */
  #scan(collection: string, index: readonly string[], query: Query, from: PageEnd | undefined): Doc[] {
    const { where, order, limit } = query
    const equals = index.slice(0, -1).map((field) => JSON.stringify(where[field]))
    const step = (step: Step, start: SQLInputValue[], rows: number): Doc[] =>
      this.#rows.docs(scanSql(collection, index, order.descending ?? false, step), ...equals, ...start, rows)
    if (!from) return step('start', [], limit + 1)
    const value = sqlValue(from.value)
    const same = order.by === '_id' ? [] : step('same', [value, from.id], limit + 1)
    return [...same, ...step('beyond', [value], limit + 1 - same.length)]
  }

  #sweep(): void {
    for (const [collection, { expires }] of this.#collections) {
      if (expires !== undefined) void this.#sweepOne(sweepSql(collection, expires))
    }
  }

  /** A failed sweep is repeated at the next interval. */
  async #sweepOne(sql: string): Promise<void> {
    try {
      let removed = MAX_SWEEP
      while (removed === MAX_SWEEP && !this.#closed) {
        removed = await this.#commit.write(() => this.#rows.change(sql, this.#now(), MAX_SWEEP))
      }
    } catch {}
  }
}

/** The document's place in the index. */
const pageEndOf = (doc: Doc, by: string): PageEnd => {
  const { _id: id } = doc
  const value = Object.hasOwn(doc, by) ? doc[by] : null
  const plain = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  return { value: plain as PageEnd['value'], id }
}

const sqlValue = (value: PageEnd['value']): SQLInputValue =>
  value === null ? MISSING : typeof value === 'boolean' ? Number(value) : value
