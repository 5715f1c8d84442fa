import { MAX_SCAN, type Collection, type Query } from './store.ts'
import { checkValue, invalid } from './value.ts'

/** The end of a page: the value of the order field, and the id that breaks ties. */
export interface PageEnd {
  value: string | number | boolean | null
  id: string
}

/**
 * The declared index for the query: it orders by the same field, and the fields before that one are exactly those of `where`. With
 * any other index the store would read unwanted documents or sort.
 */
export const indexFor = (collection: Collection, { where, order, limit }: Query): readonly string[] => {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SCAN) throw invalid(`A limit must be from 1 to ${MAX_SCAN}.`)
  const index = indexesFor(collection, where).find((fields) => fields.at(-1) === order.by)
  if (!index) throw invalid(`No index supports where [${Object.keys(where).join(', ')}] ordered by ${order.by}.`)
  return index
}

/** A declared index for counting: the fields before its last one are exactly those of `where`. */
export const indexForCount = (collection: Collection, where: Query['where']): readonly string[] => {
  const [index] = indexesFor(collection, where)
  if (!index) throw invalid(`No index supports where [${Object.keys(where).join(', ')}].`)
  return index
}

function indexesFor(collection: Collection, where: Query['where']): (readonly string[])[] {
  const asked = Object.keys(where)
  for (const field of asked) checkScalar(field, where[field])
  const isExact = (fields: readonly string[]) =>
    fields.length === asked.length + 1 && asked.every((field) => fields.slice(0, -1).includes(field))
  return (collection.indexes ?? []).filter(isExact)
}

type Order = Query['order']

/** Names the order, because the end of a page means nothing in another one. */
export const encodeCursor = ({ value, id }: PageEnd, order: Order): string =>
  Buffer.from(JSON.stringify([nameOf(order), value, id])).toString('base64url')

const nameOf = ({ by, descending }: Order): string => (descending ? `-${by}` : by)

/** Decoding is lenient, so a cursor is valid only if encoding its content gives the same cursor. */
export const decodeCursor = (cursor: string, order: Order): PageEnd => {
  const end = pageEndIn(cursor)
  if (!end || encodeCursor(end, order) !== cursor)
    throw invalid('The cursor is not valid: use `next` of the page before.')
  return end
}

const pageEndIn = (cursor: string): PageEnd | undefined => {
  try {
    const [, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    return isScalar(value) && typeof id === 'string' ? { value, id } : undefined
  } catch {
    return undefined
  }
}

const isScalar = (value: unknown): value is PageEnd['value'] =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'

const checkScalar = (field: string, value: unknown): void => {
  if (!isScalar(value)) throw invalid(`The value of ${field} must be a string, a number, a boolean or null.`)
  checkValue(value)
}
