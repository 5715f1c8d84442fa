/**
 * The documents: collections of JSON documents by id. Every driver keeps the promises of this page; `conformance/` tests them.
 *
 * Atomicity    One document changes at a time, whole or not at all. There is no transaction over several documents.
 * Durability   A write resolves when it survives the death of any one process (MongoDB: majority).
 * Reading      A read sees every write that has resolved.
 * Half-failure A write that rejects with `unknown` may be done or not: read again.
 * Values       JSON without `undefined`; integers up to 2^53. Documents are returned as fresh copies.
 * Bounds       Every call ends within seconds, calls about a whole collection within minutes, with a result or an error.
 * Closing      `close` may be called twice. Every later call rejects with `closed`.
 *
 * A path is a list of keys, outermost first. A key is not empty, contains no `.`, has no leading `$`, and is not `__proto__`.
 * Other keys reject with `invalid`.
 */
export interface Store {
  get<T extends Doc>(collection: string, id: string): Promise<T | undefined>

  /** Returns the documents that exist, in no particular order. */
  getMany<T extends Doc>(collection: string, ids: readonly string[]): Promise<T[]>

  /** Returns false, and changes nothing, if the id is taken. */
  insert(collection: string, doc: Doc): Promise<boolean>

  /**
   * Changes one document. Returns false, and changes nothing, if the condition `when` does not hold; of several calls with the
   * same condition one wins. Creates a missing document if the change has `upsert` and the condition holds for a missing one.
   */
  patch(collection: string, id: string, change: Change, when?: Condition): Promise<boolean>

  /** Returns false if the document does not exist. */
  remove(collection: string, id: string): Promise<boolean>

  /**
   * Returns the documents that have all the given values, ordered by one field and then by `_id`. Rejects with `invalid` if the
   * collection was not opened with an index for `where` and `order`.
   */
  scan<T extends Doc>(collection: string, query: Query): Promise<Page<T>>

  /**
   * Returns the number of documents that have all the given values. Needs the index of such a scan, whatever its order; the
   * time follows the number, not the size of the documents.
   */
  count(collection: string, where: Query['where']): Promise<number>

  /**
   * Makes `name` a collection with the indexes of the declared collection `like`, to build a replacement in. This process uses
   * it like a declared one until it replaces a collection or is dropped. Idempotent: documents that are there stay.
   */
  createCollection(name: string, like: string): Promise<void>

  /**
   * Puts the collection `from` in the place of the declared collection `to` and drops what `to` held. Atomic for readers: a call
   * returns old documents or new ones, never both and never none. Returns false, and changes nothing, when there is no `from`,
   * so it may be repeated after a crash. Nothing may write to `from` meanwhile.
   */
  replaceCollection(from: string, to: string): Promise<boolean>

  /** Drops a collection that is not declared. Returns false if it does not exist. */
  dropCollection(name: string): Promise<boolean>

  close(): Promise<void>
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface Doc {
  _id: string
  [key: string]: unknown
}

export type Path = readonly string[]

/**
 * `inc` takes a missing number as 0. `max` keeps the larger number; a missing number is smaller. Missing objects along a path
 * are created. Paths of one change must not overlap (`invalid`).
 */
export interface Change {
  set?: readonly (readonly [Path, unknown])[]
  unset?: readonly Path[]
  inc?: readonly (readonly [Path, number])[]
  max?: readonly (readonly [Path, number])[]
  /** Creates the document if it is missing. */
  upsert?: boolean
}

/** Compare and set. */
export type Condition =
  /** The value at the path equals `is`; `null` also matches a missing value. A missing document has no values. */
  | { path: Path; is: string | number | boolean | null }
  /** The number at the path is below `below`, or missing. */
  | { path: Path; below: number }

export interface Query {
  where: Readonly<Record<string, string | number | boolean | null>>
  order: { by: string; descending?: boolean }
  /** 1 to {@link MAX_SCAN}. */
  limit: number
  /** `next` of the page before, in the same order. */
  cursor?: string
}

export interface Page<T extends Doc> {
  docs: T[]
  /** The cursor of the next page; absent on the last one. Opaque: an altered cursor, and one of another order, reject with `invalid`. */
  next?: string
}

export const MAX_SCAN = 500

/**
 * How a collection is opened. An index lists top-level fields: the last one orders a scan, the ones before are given in `where`.
 * With `expires`, documents may disappear once the field of that name (milliseconds since the epoch) is in the past. A collection
 * named `formerly` is renamed when the store is opened.
 */
export interface Collection {
  indexes?: readonly (readonly string[])[]
  expires?: string
  formerly?: string
}

export type Collections = Readonly<Record<string, Collection>>

export type StoreErrorCode =
  /** The write may be done or not. */
  | 'unknown'
  /** The call is wrong; the message says why. */
  | 'invalid'
  /** The store cannot be reached. Nothing was done. */
  | 'unavailable'
  | 'closed'

/** Act on `code`, show `message`. */
export class StoreError extends Error {
  override name = 'StoreError'
  readonly code: StoreErrorCode
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
