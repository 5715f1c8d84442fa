/** Collections as a whole: taken over by another name, made beside others, put in their place. */
import { type Db, MongoServerError } from 'mongodb'
import { documentsOf } from './connect.ts'
import { NAMESPACE_EXISTS, NAMESPACE_NOT_FOUND } from './errors.ts'
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
  for (const [name, { formerly }] of Object.entries(collections)) {
    if (formerly === undefined || !(await exists(db, formerly))) continue
    const renamed = await rename(db, formerly, name, false)
    // Where another process was faster, the former name is gone by now.
    if (renamed === 'target exists' && (await exists(db, formerly))) throw refuseBoth(whereOf(db), formerly, name)
  }
}

type Renamed = 'done' | 'source missing' | 'target exists'

const FAILED = new Map<unknown, Renamed>([
  [NAMESPACE_NOT_FOUND, 'source missing'],
  [NAMESPACE_EXISTS, 'target exists'],
])

export const rename = async (db: Db, from: string, to: string, dropTarget: boolean): Promise<Renamed> => {
  try {
    await db.renameCollection(from, to, { dropTarget })
    return 'done'
  } catch (error) {
    const failed = error instanceof MongoServerError ? FAILED.get(error.code) : undefined
    if (failed === undefined) throw error
    return failed
  }
}

/** Explicit, because MongoDB otherwise creates a collection without indexes only at its first insert. Idempotent. */
export const create = async (db: Db, name: string): Promise<void> => {
  try {
    await db.createCollection(name)
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error
  }
}

export const drop = async (db: Db, name: string): Promise<boolean> => {
  const isThere = await exists(db, name)
  if (isThere) await db.dropCollection(name)
  return isThere
}

const exists = (db: Db, name: string): Promise<boolean> => db.listCollections({ name }, { nameOnly: true }).hasNext()

/** A collection that takes the place of another has its name and not its identity. Undefined where there is none. */
export const identityOf = async (db: Db, name: string): Promise<string | undefined> => {
  const [found] = await db.listCollections({ name }).toArray()
  return found && 'info' in found ? found.info?.uuid?.toString('hex') : undefined
}
