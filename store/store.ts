/**
 * The documents: collections of JSON documents by id. One port; every driver keeps the same promises, and
 * `conformance/` holds it to them.
 *
 * Atomicity    One document changes at a time, whole or not at all; there is no transaction over several.
 * Durability   A write resolves when it survives the death of any one process (MongoDB: majority).
 * Reading      A read sees every write that has resolved.
 * Half-failure A write that rejects with `unknown` was perhaps done: read again, never assume.
 * Values       JSON without `undefined`; integers up to 2^53. Documents come back as fresh copies.
 * Bounds       Every call ends within some seconds, with a result or an error; calls about a whole collection within minutes.
 * Closing      `close` may be called twice; everything after it rejects with `closed`.
 *
 * A path is a list of keys, outermost first. A key is never empty and has no `.`, no leading `$` and is not `__proto__`;
 * anything else rejects with `invalid`.
 */
export interface Store {
  get<T extends Doc>(collection: string, id: string): Promise<T | undefined>

  /** Those that exist, in no particular order. */
  getMany<T extends Doc>(collection: string, ids: readonly string[]): Promise<T[]>

  /** False, and nothing is changed, when the id is taken. */
  insert(collection: string, doc: Doc): Promise<boolean>

  /**
   * Changes one document. With `when`, only if the condition holds, and false otherwise: of many who race for the same
   * condition one wins. Creates a missing document only if the change says `upsert` and the condition, if any, allows it.
   */
  patch(collection: string, id: string, change: Change, when?: Condition): Promise<boolean>

  /** False when there was none. */
  remove(collection: string, id: string): Promise<boolean>

  /**
   * Documents that have all the given values, in the order of one field and then of `_id`. The pair of `where` and `order`
   * needs an index among those the collection was opened with; otherwise `invalid`.
   */
  scan<T extends Doc>(collection: string, query: Query): Promise<Page<T>>

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

  /** Drops a collection that is not declared. False when there was none. */
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
 * `inc` counts a missing number as 0; `max` keeps the larger, a missing number is smaller. Missing objects on the way of a
 * path are made. No path of a change may lie within another one (`invalid`).
 */
export interface Change {
  set?: readonly (readonly [Path, unknown])[]
  unset?: readonly Path[]
  inc?: readonly (readonly [Path, number])[]
  max?: readonly (readonly [Path, number])[]
  /** Create the document if it is missing. */
  upsert?: boolean
}

/** Compare and set. */
export type Condition =
  /** The value at the path is this one; `null` also stands for a missing value. A missing document has no values. */
  | { path: Path; is: string | number | boolean | null }
  /** The number at the path is smaller, or missing. */
  | { path: Path; below: number }

export interface Query {
  where: Readonly<Record<string, string | number | boolean | null>>
  order: { by: string; descending?: boolean }
  /** 1 to {@link MAX_SCAN}. */
  limit: number
  /** `next` of the page before. */
  cursor?: string
}

export interface Page<T extends Doc> {
  docs: T[]
  /** Absent on the last page. Opaque; `invalid` if it is not one of ours. */
  next?: string
}

export const MAX_SCAN = 500

/**
 * What a collection is opened with. Each index lists top-level fields; the last one is the field to order by, those before
 * it may be asked for in `where`. With `expires`, documents whose field of that name (milliseconds since the epoch) lies in
 * the past may vanish at any time. Documents found under the name `formerly` are taken over when the store is opened.
 */
export interface Collection {
  indexes?: readonly (readonly string[])[]
  expires?: string
  formerly?: string
}

export type Collections = Readonly<Record<string, Collection>>

export type StoreErrorCode =
  /** Perhaps done. */
  | 'unknown'
  /** The call itself is wrong; the message says how. */
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
