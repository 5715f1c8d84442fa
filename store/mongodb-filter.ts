/**
 * Conditions as filters. Where the port finds no object, MongoDB looks into arrays: `a.0` and `a.b` may lie in the elements
 * of `a`, and an array equals each of its elements. So every filter says that there is no array.
 */
import type { Document } from 'mongodb'
import type { Change, Condition, Path } from './store.ts'

const NO_ARRAY = { $not: { $type: 'array' } }
/** A null counts as missing. */
const NO_NUMBER = ['string', 'bool', 'object', 'array']
/** All that JSON has but null. */
const SOME = ['number', 'string', 'bool', 'object', 'array']

export const nameOf = (path: Path): string => path.join('.')

/** Not by `$eq: null` alone, which an upsert would put into the document it makes. */
const absent = (path: Path): Document[] => [
  { [nameOf(path)]: { $not: { $type: SOME } } },
  ...outer([path]).map((name) => ({ [name]: { $type: 'array' } })),
]

/** For `$and`. */
export const conditionFilter = (condition: Condition): Document[] => {
  const { path } = condition
  if ('below' in condition)
    return [{ $or: [...absent(path), { [nameOf(path)]: { $lt: condition.below, ...NO_ARRAY } }] }]
  if (condition.is === null) return [{ $or: absent(path) }]
  return [{ [nameOf(path)]: { $eq: condition.is, ...NO_ARRAY } }, ...withoutArrays([path])]
}

/** For `$and`: what MongoDB would do to a document and the port refuses. */
export const changeFilter = ({ set = [], unset = [], inc = [], max = [] }: Change): Document[] => [
  ...withoutArrays([...[...set, ...inc, ...max].map(([path]) => path), ...unset]),
  ...max.map(([path]) => ({ [nameOf(path)]: { $not: { $type: NO_NUMBER } } })),
]

const withoutArrays = (paths: readonly Path[]): Document[] => outer(paths).map((name) => ({ [name]: NO_ARRAY }))

/** Whatever the paths lead through, each once. */
const outer = (paths: readonly Path[]): string[] => [
  ...new Set(paths.flatMap((path) => path.slice(0, -1).map((_, i) => nameOf(path.slice(0, i + 1))))),
]
