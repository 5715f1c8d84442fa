/**
 * The store of many processes, on MongoDB 7 or newer, a replica set or a single server, without transactions or change streams.
 * Writes resolve when a majority has them in its journal. Reads go to the primary with read concern majority.
 */
import type { Db, MongoClient } from 'mongodb'
import { settledWithin, within } from '#platform/deadline.ts'
import { checkChange, checkCondition } from '../change.ts'
import { checkDatabase, create, drop, identityOf, rename, takeOver } from './collections.ts'
import { asStoreError } from './errors.ts'
import { Gathering } from './gather.ts'
import { prepareCollection, prepareIndexes } from './indexes.ts'
import { createClient, databaseOf, documentsOf, whyNotOpened } from './connect.ts'
import type { OnCommand } from './commands.ts'
import { insertOne, patchOne, type Target } from './patch.ts'
import { type Find, pageEndOf, countOf, scanFrom, sortOf } from './scan.ts'
import { copyOf, fromStored, toStored } from './values.ts'
import { decodeCursor, encodeCursor, indexFor, indexForCount } from '../query.ts'
import { StoreError, type Change, type Collections, type Condition, type Doc, type Page, type Query } from '../store.ts'
import type { Collection, Store } from '../store.ts'
import { checkDoc, checkId, checkUndeclared, invalid } from '../value.ts'

export interface MongodbStoreOptions {
  /** `mongodb://` or `mongodb+srv://`. Its read and write concerns and read preference are ignored. */
  uri: string
  collections: Collections
  /** Of the documents ({@link Schema}): a database with a newer one is refused. Not checked if absent. */
  version?: number
  /** Instead of the database in the URI. */
  database?: string
  /** The deadline of each call. */
  timeoutMs?: number
  /** Receives a sentence at the start for each existing index that differs from the declared ones. */
  report?: (difference: string) => void
  /** Receives each command that the server has answered. Commands are not monitored if absent. */
  onCommand?: OnCommand
}

const TIMEOUT_MS = 5_000

/** Building an index of a large collection takes minutes. */
const BUILD_MS = 600_000

/** Attempts of a read whose collection is replaced each time. */
const MAX_READS = 3

/** Ids per command: the cost stays linear, and no answer needs a second batch. */
const MAX_IDS = 100

/** How long `close` waits for a server that does not answer. */
const GOODBYE_MS = 1_000

/**
 * Resolves when the server has answered and the indexes exist. Rejects with a sentence about MONGODB_URI or about the data.
 */
export const openMongodbStore = async (options: MongodbStoreOptions): Promise<Store> => {
  const { uri, collections, version, database, timeoutMs = TIMEOUT_MS, report = console.warn, onCommand } = options
  const maintain: Maintain = (work) => maintaining(uri, database, work)
  try {
    await maintain(async (db) => {
      if (version !== undefined) await checkDatabase(db, version)
      await takeOver(db, collections)
      await prepareIndexes(db, collections, report)
    })
  } catch (error) {
    throw whyNotOpened(error, uri)
  }
  const client = createClient(uri, timeoutMs, onCommand)
  return new MongodbStore({ client, db: databaseOf(client, uri, database), collections, timeoutMs, maintain, report })
}

/** Runs work that may take minutes, with a client of its own. */
type Maintain = <T>(work: (db: Db) => Promise<T>) => Promise<T>

const maintaining = async <T>(uri: string, database: string | undefined, work: (db: Db) => Promise<T>): Promise<T> => {
  const client = createClient(uri, BUILD_MS)
  try {
    await client.connect()
    return await work(databaseOf(client, uri, database))
  } finally {
    await leave(client)
  }
}

interface Parts {
  client: MongoClient
  db: Db
  collections: Collections
  timeoutMs: number
  maintain: Maintain
  report: (difference: string) => void
}

class MongodbStore implements Store {
  readonly #client: MongoClient
  readonly #db: Db
  readonly #declared: Collections
  readonly #collections: Map<string, Collection>
  readonly #timeoutMs: number
  readonly #maintain: Maintain
  readonly #report: (difference: string) => void
  readonly #targets = new Map<string, Target>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor({ client, db, collections, timeoutMs, maintain, report }: Parts) {
    this.#client = client
    this.#db = db
    this.#declared = collections
    this.#collections = new Map(Object.entries(collections))
    this.#timeoutMs = timeoutMs
    this.#maintain = maintain
    this.#report = report
  }

  async get<T extends Doc>(collection: string, id: string): Promise<T | undefined> {
    const target = this.#open(collection)
    checkId(id)
    return this.#call('read', async () => {
      const found = await target.documents.findOne({ _id: id })
      return found ? (fromStored(found, target.expires) as T) : undefined
    })
  }

  async getMany<T extends Doc>(collection: string, ids: readonly string[]): Promise<T[]> {
    const target = this.#open(collection)
    for (const id of ids) checkId(id)
    const different = [...new Set(ids)]
    const groups: string[][] = []
    while (different.length > 0) groups.push(different.splice(0, MAX_IDS))
    const find = (group: string[]): Promise<Doc[]> => target.documents.find({ _id: { $in: group } }).toArray()
    return this.#call('read', async () => {
      const read = (): Promise<Doc[][]> => Promise.all(groups.map(find))
      const found = groups.length > 1 ? await this.#unmixed(collection, read) : await read()
      return found.flat().map((doc) => fromStored(doc, target.expires) as T)
    })
  }

  async insert(collection: string, doc: Doc): Promise<boolean> {
    const target = this.#open(collection)
    checkDoc(doc)
    const stored = toStored(doc, target.expires)
    return this.#call('write', () => insertOne(target, stored))
  }

  async patch(collection: string, id: string, change: Change, when?: Condition): Promise<boolean> {
    const target = this.#open(collection)
    checkId(id)
    checkChange(change)
    if (when) checkCondition(when)
    const copy = copyOf({ change, when })
    return this.#call('write', () => patchOne(target, id, copy.change, copy.when))
  }

  async remove(collection: string, id: string): Promise<boolean> {
    const target = this.#open(collection)
    checkId(id)
    return this.#call('write', async () => {
      const { deletedCount } = await target.documents.deleteOne({ _id: id })
      return deletedCount === 1
    })
  }

  async scan<T extends Doc>(collection: string, query: Query): Promise<Page<T>> {
    const target = this.#open(collection)
    indexFor(target.collection, query)
    const from = query.cursor === undefined ? undefined : decodeCursor(query.cursor, query.order)
    const { order } = query
    // One more than requested, which shows whether another page exists.
    const limit = query.limit + 1
    const options = { sort: sortOf(order), limit, batchSize: limit }
    const find: Find = (filter) => target.documents.find(filter, options).toArray()
    return this.#call('read', async () => {
      const read = (): Promise<Doc[]> => scanFrom(find, query, limit, from)
      const found = from ? await this.#unmixed(collection, read) : await read()
      const docs = found.slice(0, limit).map((doc) => fromStored(doc, target.expires) as T)
      if (docs.length < limit) return { docs }
      docs.pop()
      return { docs, next: encodeCursor(pageEndOf(docs.at(-1)!, order.by), order) }
    })
  }

  async count(collection: string, where: Query['where']): Promise<number> {
    const target = this.#open(collection)
    indexForCount(target.collection, where)
    return this.#call('read', () => countOf((filter) => target.documents.countDocuments(filter), where))
  }

  async createCollection(name: string, like: string): Promise<void> {
    const { collection } = this.#open(like)
    checkUndeclared(name, this.#declared)
    const created = this.#maintain(async (db) => {
      await create(db, name)
      await prepareCollection(db, name, collection, this.#report)
    })
    await this.#settled('write', created)
    this.#collections.set(name, collection)
  }

  async replaceCollection(from: string, to: string): Promise<boolean> {
    const { collection } = this.#open(to)
    checkUndeclared(from, this.#declared)
    const replaced = this.#maintain(async (db) => {
      const isDone = (await rename(db, from, to, true)) === 'done'
      // Not before the rename: an index on a collection that another process has just renamed would create it again, empty.
      if (isDone) await prepareCollection(db, to, collection, this.#report)
      return isDone
    })
    const done = await this.#settled('write', replaced)
    this.#forget(from)
    return done
  }

  async dropCollection(name: string): Promise<boolean> {
    this.#checkOpen()
    checkUndeclared(name, this.#declared)
    this.#forget(name)
    return this.#settled(
      'write',
      this.#maintain((db) => drop(db, name)),
    )
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => leave(this.#client))
    return this.#closing
  }

  #checkOpen(): void {
    if (this.#closing) throw new StoreError('closed', 'The store is closed.')
  }

  #open(name: string): Target {
    this.#checkOpen()
    const collection = this.#collections.get(name)
    if (!collection) throw invalid(`The collection ${name} is not declared.`)
    const known = this.#targets.get(name)
    if (known) return known
    const documents = documentsOf(this.#db, name)
    const target = { collection, documents, expires: collection.expires, gathering: new Gathering(documents) }
    this.#targets.set(name, target)
    return target
  }

  #forget(name: string): void {
    this.#collections.delete(name)
    this.#targets.delete(name)
  }

  /** A read of several commands, repeated if the collection was replaced between them. */
  async #unmixed<T>(collection: string, read: () => Promise<T>): Promise<T> {
    let before = await identityOf(this.#db, collection)
    for (let attempt = 0; attempt < MAX_READS; attempt++) {
      const found = await read()
      const after = await identityOf(this.#db, collection)
      if (after === before) return found
      before = after
    }
    throw new StoreError('unavailable', `${collection} was replaced while it was read: read again.`)
  }

  #call<T>(kind: 'read' | 'write', work: () => Promise<T>): Promise<T> {
    // The driver's own limits add up, and none of them bounds the whole.
    const late = () =>
      new StoreError(
        kind === 'read' ? 'unavailable' : 'unknown',
        `MongoDB has not answered within ${this.#timeoutMs} ms.`,
      )
    return this.#settled(kind, within(this.#timeoutMs, work(), late))
  }

  /** Translates errors into the port's. `close` waits for the call. */
  async #settled<T>(kind: 'read' | 'write', call: Promise<T>): Promise<T> {
    this.#underWay.add(call)
    try {
      return await call
    } catch (error) {
      throw asStoreError(error, kind)
    } finally {
      this.#underWay.delete(call)
    }
  }
}

/** A server that does not respond must not keep the store from closing. */
const leave = (client: MongoClient): Promise<void> => settledWithin(GOODBYE_MS, client.close())
