import { Double, type Document } from 'mongodb'
import { nameOf } from './filter.ts'
import { SHADOW, shadowOf } from './values.ts'
import type { Change, Path } from '../store.ts'
import { invalid } from '../value.ts'

/** The update document. A change of the field `expires` also changes its date. */
export const updateOf = (change: Change, expires: string | undefined): Document => {
  const { set = [], unset = [], inc = [], max = [] } = change
  const shadow = expires === undefined ? {} : shadowUpdate(change, expires)
  return {
    $set: { ...Object.fromEntries(set.map(([path, value]) => [nameOf(path), value])), ...shadow.$set },
    // As a double, like every number here: integers of MongoDB would overflow.
    ...part('$inc', Object.fromEntries(inc.map(([path, value]) => [nameOf(path), new Double(value)]))),
    ...part('$max', { ...Object.fromEntries(max.map(([path, value]) => [nameOf(path), value])), ...shadow.$max }),
    ...part('$unset', { ...Object.fromEntries(unset.map((path) => [nameOf(path), 1])), ...shadow.$unset }),
  }
}

const part = (operator: string, fields: Document): Document =>
  Object.keys(fields).length > 0 ? { [operator]: fields } : {}

const shadowUpdate = ({ set = [], unset = [], inc = [], max = [] }: Change, expires: string): Document => {
  const valued = [...set, ...inc, ...max]
  const all = [...valued.map(([path]) => path), ...unset]
  if (all.some(([key]) => key === SHADOW))
    throw invalid(`The field ${SHADOW} is reserved in a collection with an expiry.`)
  const here = (path: Path): boolean => path.length === 1 && path[0] === expires
  const given = set.find(([path]) => here(path))
  const date = shadowOf(given?.[1])
  if (date) return { $set: { [SHADOW]: date } }
  const least = shadowOf(max.find(([path]) => here(path))?.[1])
  if (least) return { $max: { [SHADOW]: least } }
  // Set to a value that is not a number, or replaced by an object along a path.
  const lost = given || unset.some(here) || valued.some(([path]) => path[0] === expires && path.length > 1)
  return lost ? { $unset: { [SHADOW]: 1 } } : {}
}
