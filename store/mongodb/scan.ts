import type { Document } from 'mongodb'
import type { PageEnd } from '../query.ts'
import type { Doc, Query } from '../store.ts'
import { invalid } from '../value.ts'

/** Every index ends with the id, which breaks ties. */
export const keyOf = (fields: readonly string[]): Record<string, 1> =>
  Object.fromEntries([...fields, '_id'].map((field) => [field, 1]))

export const sortOf = ({ by, descending }: Query['order']): Record<string, 1 | -1> => {
  const direction = descending ? -1 : 1
  return { [by]: direction, _id: direction }
}

export type Find = (filter: Document) => Promise<Doc[]>

/**
 * The documents of a page and perhaps some more, in order. In MongoDB an array equals each of its elements, in the port it does not.
 * Excluding arrays keeps some planners from the index, so they are excluded only after an array was found.
 * @param find returns the first documents in order
 */
export const scanFrom = async (find: Find, query: Query, limit: number, from?: PageEnd): Promise<Doc[]> => {
  const asked = Object.entries(query.where)
  const found = await steps(find, query, limit, from, Object.fromEntries(asked))
  if (!found.some((doc) => asked.some(([field]) => Array.isArray(doc[field])))) return found
  const noArrays = asked.map(([field, value]) => [field, { $eq: value, $not: { $type: 'array' } }])
  return steps(find, query, limit, from, Object.fromEntries(noArrays) as Document)
}

/** In MongoDB an array equals each of its elements, in the port it does not: documents with an array are not counted. */
export const countOf = (count: (filter: Document) => Promise<number>, where: Query['where']): Promise<number> =>
  count(
    Object.fromEntries(
      Object.entries(where).map(([field, value]) => [field, { $eq: value, $not: { $type: 'array' } }]),
    ),
  )

/**
 * From the end of a page on the documents are asked for in steps, each of them one range of the index, which every planner sees: the same
 * value, the rest of its type, and only if need be the types that follow, for MongoDB compares within one type.
 */
const steps = async (
  find: Find,
  { order: { by, descending = false } }: Query,
  limit: number,
  from: PageEnd | undefined,
  asked: Document,
): Promise<Doc[]> => {
  if (!from) return find(asked)
  const beyond = descending ? '$lt' : '$gt'
  const next = { _id: { [beyond]: from.id } }
  if (by === '_id') return find({ ...asked, ...next })
  const all = async (ranges: Document[]): Promise<Doc[]> => {
    const found = await Promise.all(ranges.map((range) => find({ ...asked, ...range })))
    return found.flat()
  }
  const rest = from.value === null ? [] : [{ [by]: { [beyond]: from.value } }]
  const near = await all([{ [by]: from.value, ...next }, ...rest])
  if (near.length >= limit) return near
  return [...near, ...(await all(typesAfter(from.value, descending).map((type) => ({ [by]: type }))))]
}

/** The types in their order, each with a range of all its values. */
const TYPES: [type: string, all: Document][] = [
  ['null', { $eq: null }],
  ['number', { $gte: -Infinity }],
  ['string', { $gte: '' }],
  ['boolean', { $gte: false }],
]

const typesAfter = (value: PageEnd['value'], descending: boolean): Document[] => {
  const at = TYPES.findIndex(([type]) => type === (value === null ? 'null' : typeof value))
  const after = descending ? TYPES.slice(0, at).reverse() : TYPES.slice(at + 1)
  return after.map(([, all]) => all)
}

export const pageEndOf = (doc: Doc, by: string): PageEnd => {
  const { _id: id } = doc
  const value = Object.hasOwn(doc, by) ? doc[by] : null
  if (typeof value === 'object' && value !== null)
    throw invalid(`${by} of ${id} is a list or an object and cannot be ordered.`)
  return { value: value as PageEnd['value'], id }
}
