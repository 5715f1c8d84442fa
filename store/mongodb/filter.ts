/**
 * Conditions as filters. MongoDB looks into arrays where the port finds no object: `a.0` and `a.b` may be in the elements of `a`,
 * and an array equals each of its elements. So every filter excludes arrays.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Document } from 'mongodb'
import type { Change, Condition, Path } from '../store.ts'

const NO_ARRAY = { $not: { $type: 'array' } }
/** A null counts as missing. */
const NO_NUMBER = ['string', 'bool', 'object', 'array']
/** Every JSON type except null. */
const SOME = ['number', 'string', 'bool', 'object', 'array']

export const nameOf = (path: Path): string => path.join('.')

/** Not by `$eq: null`, which an upsert would write into the new document. */
const absent = (path: Path): Document[] => {
  const here = { [nameOf(path)]: { $not: { $type: SOME } } }
  const arrays = outer([path]).map((name) => ({ [name]: { $type: 'array' } }))
  return arrays.length > 0 ? [{ $or: [here, ...arrays] }] : [here]
}

/** All of them must hold. A missing number does not match `below`; that needs another filter. */
export const conditionFilter = (condition: Condition): Document[] => {
  const { path } = condition
  if ('is' in condition && condition.is === null) return absent(path)
  const asked = 'below' in condition ? { $lt: condition.below } : { $eq: condition.is }
  return [{ [nameOf(path)]: { ...asked, ...NO_ARRAY } }, ...withoutArrays([path])]
}

/** Excludes documents that MongoDB would change and the port rejects. */
export const changeFilter = ({ set = [], unset = [], inc = [], max = [] }: Change): Document[] => [
  ...withoutArrays([...[...set, ...inc, ...max].map(([path]) => path), ...unset]),
  ...max.map(([path]) => ({ [nameOf(path)]: { $not: { $type: NO_NUMBER } } })),
]

/**
 * Combines filters, flat if possible: a server looks up an id at the top level, but may read the whole collection for an `$and`.
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

/** The prefixes of the paths, each once. */
const outer = (paths: readonly Path[]): string[] => [
  ...new Set(paths.flatMap((path) => path.slice(0, -1).map((_, i) => nameOf(path.slice(0, i + 1))))),
]
