import type { Context } from 'hono'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { type Doc, type Page, type Query, type Store, StoreError } from '#store/store.ts'

/** A cursor that is not one of ours is the client's fault, not the store's. */
export async function scan<T extends Doc>(store: Store, collection: string, query: Query): Promise<Page<T>> {
  try {
    return await store.scan<T>(collection, query)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'invalid' && query.cursor !== undefined)
      throw new ProblemError(PROBLEMS.invalid_cursor)
    throw error
  }
}

/** How many pages are read to fill one from which some are left out; then it stays short, with a cursor to go on. */
const MAX_PAGES = 20

/** A page of those that pass, for filters that no index has. */
export async function scanWhere<T extends Doc>(
  store: Store,
  collection: string,
  query: Query,
  passes: (doc: T) => boolean,
): Promise<Page<T>> {
  const docs: T[] = []
  let next = query.cursor
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await scan<T>(store, collection, { ...query, limit: query.limit - docs.length, cursor: next })
    docs.push(...found.docs.filter(passes))
    next = found.next
    if (next === undefined || docs.length === query.limit) break
  }
  return { docs, next }
}

/** The next page is named twice: in the body for programs, and as RFC 8288 has it for everybody's. */
export function answerList<T extends Doc>(c: Context, { docs, next }: Page<T>, view: (doc: T) => unknown): Response {
  if (next !== undefined) {
    const { pathname, searchParams } = new URL(c.req.url)
    searchParams.set('cursor', next)
    c.header('link', `<${pathname}?${searchParams}>; rel="next"`)
  }
  return c.json({ data: docs.map(view), nextCursor: next ?? null })
}

/** The document without the store's own field. */
export function viewOf<T extends Doc>({ _id, ...view }: T): Omit<T, '_id'> {
  return view
}
