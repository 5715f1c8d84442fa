import type { Db, Document, IndexDescription } from 'mongodb'
import { MongoServerError } from 'mongodb'
import { NAMESPACE_NOT_FOUND } from './errors.ts'
import { keyOf } from './scan.ts'
import { SHADOW } from './values.ts'
import type { Collection, Collections } from '../store.ts'

/**
 * Creates missing indexes. Existing indexes that differ are kept and reported: only the operator knows whether another program or
 * another release needs them.
 */
export const prepareIndexes = async (
  db: Db,
  collections: Collections,
  report: (difference: string) => void,
): Promise<void> => {
  await Promise.all(
    Object.entries(collections).map(([name, declared]) => prepareCollection(db, name, declared, report)),
  )
}

export const prepareCollection = async (
  db: Db,
  name: string,
  declared: Collection,
  report: (difference: string) => void,
): Promise<void> => {
  const present = await indexesOf(db, name)
  const wanted = indexesFor(declared)
  const missing = wanted.filter((index) => !present.some((one) => sameKey(one, index)))
  if (missing.length > 0) await db.collection(name).createIndexes(missing)
  for (const one of present) {
    const index = wanted.find((index) => sameKey(one, index))
    if (!index) report(`${name}: the index ${one['name']} is not declared; drop it if no other program needs it`)
    else if (optionsOf(one) !== optionsOf(index)) {
      report(`${name}: the index ${one['name']} is ${optionsOf(one)}, not ${optionsOf(index)}; drop it and start again`)
    }
  }
}

/** The order by `_id` alone is the collection's own. */
const indexesFor = ({ indexes = [], expires }: Collection): (IndexDescription & Document)[] => [
  ...indexes.filter((fields) => fields.join() !== '_id').map((fields) => ({ key: keyOf(fields) })),
  ...(expires === undefined ? [] : [{ key: { [SHADOW]: 1 as const }, expireAfterSeconds: 0 }]),
]

const indexesOf = async (db: Db, name: string): Promise<Document[]> => {
  try {
    const all = await db.collection(name).listIndexes().toArray()
    return all.filter((one) => one['name'] !== '_id_')
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return []
    throw error
  }
}

/** The order of the fields matters. */
const sameKey = (one: Document, other: Document): boolean =>
  JSON.stringify(Object.entries(one['key'] as object)) === JSON.stringify(Object.entries(other['key'] as object))

/** The options that decide which documents an index holds, how it compares them, and when they expire. */
const OPTIONS = ['unique', 'sparse', 'hidden', 'partialFilterExpression', 'expireAfterSeconds', 'collation']

const optionsOf = (index: Document): string => {
  const options = OPTIONS.filter((option) => index[option] !== undefined && index[option] !== false)
  return options.length > 0 ? options.map((option) => `${option} ${JSON.stringify(index[option])}`).join(', ') : 'plain'
}
