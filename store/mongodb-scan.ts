/** A query as filter and sort: each part of the filter is one range of the declared index. */
import type { Document } from 'mongodb'
import type { Place } from './query.ts'
import type { Doc, Query } from './store.ts'
import { invalid } from './value.ts'

/** An index ends with the id, which breaks ties. */
export const keyOf = (fields: readonly string[]): Record<string, 1> =>
  Object.fromEntries([...fields, '_id'].map((field) => [field, 1]))

export const sortOf = ({ by, descending }: Query['order']): Record<string, 1 | -1> => {
  const direction = descending ? -1 : 1
  return { [by]: direction, _id: direction }
}

export const scanFilter = ({ where, order }: Query, from: Place | undefined): Document => {
  const { by, descending = false } = order
  // An array equals each of its elements, except here.
  const equal = Object.entries(where).map(([field, value]) => [field, { $eq: value, $not: { $type: 'array' } }])
  const asked = Object.fromEntries(equal) as Document
  if (!from) return asked
  const further = { _id: { [descending ? '$lt' : '$gt']: from.id } }
  if (by === '_id') return { ...asked, ...further }
  const same = { ...asked, [by]: from.value, ...further }
  return { $or: [same, ...beyond(from.value, descending).map((range) => ({ ...asked, [by]: range }))] }
}

/** Types in their order, and all of each. */
const TYPES: [type: string, all: Document][] = [
  ['null', { $eq: null }],
  ['number', { $gte: -Infinity }],
  ['string', { $gte: '' }],
  ['boolean', { $gte: false }],
]

/** MongoDB compares within one type only: so first the rest of this one, then the types that follow. */
const beyond = (value: Place['value'], descending: boolean): Document[] => {
  const at = TYPES.findIndex(([type]) => type === (value === null ? 'null' : typeof value))
  const rest = value === null ? [] : [{ [descending ? '$lt' : '$gt']: value }]
  const follow = descending ? TYPES.slice(0, at) : TYPES.slice(at + 1)
  return [...rest, ...follow.map(([, all]) => all)]
}

export const placeOf = (doc: Doc, by: string): Place => {
  const { _id: id } = doc
  const value = Object.hasOwn(doc, by) ? doc[by] : null
  if (typeof value === 'object' && value !== null) throw invalid(`${by} of ${id} holds what has no order.`)
  return { value: value as Place['value'], id }
}
