import type { Context } from 'hono'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { type Doc, MAX_SCAN, type Page, type Query, type Store, StoreError } from '#store/store.ts'

/** @throws ProblemError `invalid_cursor` for a cursor that the store rejects: the client sent it */
export async function scanPage<T extends Doc>(store: Store, collection: string, query: Query): Promise<Page<T>> {
  try {
    return await store.scan<T>(collection, query)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'invalid' && query.cursor !== undefined)
      throw new ProblemError(PROBLEMS.invalid_cursor)
    throw error
  }
}

/** The most scans to fill one page, beside one that is repeated. Then the page stays short, with a cursor for the rest. */
const MAX_SCANS = 20

/** A page of the documents that pass a filter which no index has. The scans grow while few documents pass. */
export async function scanFiltered<T extends Doc>(
  store: Store,
  collection: string,
  query: Query,
  passes: (doc: T) => boolean,
): Promise<Page<T>> {
  const docs: T[] = []
  let next = query.cursor
  for (let scans = 0; scans < MAX_SCANS; scans++) {
    const read = (limit: number) => scanPage<T>(store, collection, { ...query, limit, cursor: next })
    let found = await read(Math.min(query.limit * GROWTH ** scans, MAX_SCAN))
    const length = lengthWith(found.docs, passes, query.limit - docs.length)
    // Read again, because only a scan has the cursor of its last document.
    if (length < found.docs.length) found = await read(length)
    docs.push(...found.docs.filter(passes))
    next = found.next
    if (next === undefined || docs.length >= query.limit) break
  }
  return { docs, next }
}

const GROWTH = 4

/** How many documents, from the first one, have so many that pass; all of them if they have fewer. */
function lengthWith<T>(docs: readonly T[], passes: (doc: T) => boolean, wanted: number): number {
  let count = 0
  const last = docs.findIndex((doc) => passes(doc) && ++count === wanted)
  return last < 0 ? docs.length : last + 1
}

/** A list with its next page in the body and in the `Link` header (RFC 8288). */
export function listResponse<T extends Doc>(c: Context, { docs, next }: Page<T>, view: (doc: T) => unknown): Response {
  if (next !== undefined) {
    const { pathname, searchParams } = new URL(c.req.url)
    searchParams.set('cursor', next)
    c.header('link', `<${pathname}?${searchParams}>; rel="next"`)
  }
  return c.json({ data: docs.map(view), nextCursor: next ?? null })
}

/** The document without the store's field. */
export function withoutStoreId<T extends Doc>({ _id, ...view }: T): Omit<T, '_id'> {
  return view
}
