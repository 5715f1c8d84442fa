/** Collections as a whole: taken over by another name, made beside others, put in their place. */
import { type Db, MongoServerError } from 'mongodb'
import { documentsOf } from './connect.ts'
import { NAMESPACE_NOT_FOUND } from './errors.ts'
import { checkVersion, refuseBoth, VERSION_ID, VERSIONS } from '../schema.ts'
import type { Collections } from '../store.ts'

const whereOf = (db: Db): string => `the database ${db.databaseName}`

/** Before anything is made, so that what a newer version keeps is not touched. */
export const checkDatabase = async (db: Db, version: number): Promise<void> => {
  const found = await documentsOf(db, VERSIONS).findOne({ _id: VERSION_ID })
  checkVersion(found?.['version'], version, whereOf(db), 'MONGODB_URI to another database')
}

/** Safe for several processes that start at the same time: to rename is atomic, and one of them does it. */
export const takeOver = async (db: Db, collections: Collections): Promise<void> => {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name))
  for (const [name, { formerly }] of Object.entries(collections)) {
    if (formerly === undefined || !present.has(formerly)) continue
    if (present.has(name)) throw refuseBoth(whereOf(db), formerly, name)
    await rename(db, formerly, name, false)
  }
}

/** False when there is no `from`. */
export const rename = async (db: Db, from: string, to: string, dropTarget: boolean): Promise<boolean> => {
  try {
    await db.renameCollection(from, to, { dropTarget })
    return true
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return false
    throw error
  }
}

export const drop = async (db: Db, name: string): Promise<boolean> => {
  const present = await db.listCollections({ name }, { nameOnly: true }).hasNext()
  if (present) await db.dropCollection(name)
  return present
}

/** A collection that takes the place of another has its name and not its identity. Undefined where there is none. */
export const identityOf = async (db: Db, name: string): Promise<string | undefined> => {
  const [found] = await db.listCollections({ name }).toArray()
  return found && 'info' in found ? found.info?.uuid?.toString('hex') : undefined
}
