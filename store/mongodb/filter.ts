/**
 * Conditions as filters. Where the port finds no object, MongoDB looks into arrays: `a.0` and `a.b` may lie in the elements
 * of `a`, and an array equals each of its elements. So every filter says that there is no array.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Document } from 'mongodb'
import type { Change, Condition, Path } from '../store.ts'

const NO_ARRAY = { $not: { $type: 'array' } }
/** A null counts as missing. */
const NO_NUMBER = ['string', 'bool', 'object', 'array']
/** All that JSON has but null. */
const SOME = ['number', 'string', 'bool', 'object', 'array']

export const nameOf = (path: Path): string => path.join('.')

/** Not by `$eq: null` alone, which an upsert would put into the document it makes. */
const absent = (path: Path): Document[] => {
  const here = { [nameOf(path)]: { $not: { $type: SOME } } }
  const arrays = outer([path]).map((name) => ({ [name]: { $type: 'array' } }))
  return arrays.length > 0 ? [{ $or: [here, ...arrays] }] : [here]
}

/** All of them must hold. A number that is missing counts as not below: that is another filter. */
export const conditionFilter = (condition: Condition): Document[] => {
  const { path } = condition
  if ('is' in condition && condition.is === null) return absent(path)
  const asked = 'below' in condition ? { $lt: condition.below } : { $eq: condition.is }
  return [{ [nameOf(path)]: { ...asked, ...NO_ARRAY } }, ...withoutArrays([path])]
}

/** What MongoDB would do to a document and the port refuses. */
export const changeFilter = ({ set = [], unset = [], inc = [], max = [] }: Change): Document[] => [
  ...withoutArrays([...[...set, ...inc, ...max].map(([path]) => path), ...unset]),
  ...max.map(([path]) => ({ [nameOf(path)]: { $not: { $type: NO_NUMBER } } })),
]

/**
 * As one filter, flat as far as it goes: whatever else is asked, the id at the top is looked up, where a server may read a
 * whole collection for an `$and`.
 */
export const allOf = (filters: readonly Document[]): Document => {
  const flat = new Map<string, unknown>()
  const rest: Document[] = []
  for (const [name, asked] of filters.flatMap((filter) => Object.entries(filter) as [string, unknown][])) {
    if (!flat.has(name)) flat.set(name, asked)
    else if (!isDeepStrictEqual(flat.get(name), asked)) rest.push({ [name]: asked })
  }
  return { ...Object.fromEntries(flat), ...(rest.length > 0 ? { $and: rest } : {}) }
}

const withoutArrays = (paths: readonly Path[]): Document[] => outer(paths).map((name) => ({ [name]: NO_ARRAY }))

/** Whatever the paths lead through, each once. */
const outer = (paths: readonly Path[]): string[] => [
  ...new Set(paths.flatMap((path) => path.slice(0, -1).map((_, i) => nameOf(path.slice(0, i + 1))))),
]
