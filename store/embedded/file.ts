import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { indexesOf, isCollectionName } from './sql.ts'
import { StoreError, type Collections } from '../store.ts'
import { invalid } from '../value.ts'

/** What the file looks like inside. To raise it means to write the step from the one before. */
export const SCHEMA = 1

/** A predecessor that was told to stop may still be on its way out. */
const LOCK_WAIT_MS = 1000

const SQLITE_BUSY = 5

/** The file, ours alone until it is closed, with a table per collection and its indexes. */
export const openFile = (file: string, collections: Collections): DatabaseSync => {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS })
  try {
    lock(db)
    checkSchema(db, file)
    for (const [name, { indexes = [], expires }] of Object.entries(collections)) {
      if (!isCollectionName(name)) throw invalid(`${name} cannot be the name of a collection.`)
      db.exec(`CREATE TABLE IF NOT EXISTS "${name}" (_id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL) STRICT`)
      declareIndexes(db, name, indexesOf(name, indexes, expires))
    }
    return db
  } catch (error) {
    db.close()
    throw explain(error, file)
  }
}

/** In exclusive mode the first transaction takes the lock and keeps it. FULL: a commit returns once the disk has it. */
const lock = (db: DatabaseSync): void => {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('BEGIN EXCLUSIVE; COMMIT')
}

const checkSchema = (db: DatabaseSync, file: string): void => {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found > SCHEMA) {
    throw new StoreError(
      'unavailable',
      `${file} was written by a newer Reservoir (schema ${found}, this one knows ${SCHEMA}): ` +
        'update Reservoir, or set DATA_DIR to another folder',
    )
  }
  db.exec(`PRAGMA user_version = ${SCHEMA}`)
}

/** An index that is no longer declared would only slow the writes down. */
const declareIndexes = (db: DatabaseSync, collection: string, declared: Map<string, string>): void => {
  const present = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
  for (const { name } of present.all(collection)) {
    if (!declared.has(String(name))) db.exec(`DROP INDEX ${JSON.stringify(name)}`)
  }
  for (const sql of declared.values()) db.exec(sql)
}

const explain = (error: unknown, file: string): unknown => {
  if (error instanceof StoreError || !(error instanceof Error)) return error
  const busy = 'errcode' in error && error.errcode === SQLITE_BUSY
  const message = busy
    ? `${file} is in use by another process: stop it, or set DATA_DIR to another folder`
    : `${file} cannot be opened: ${error.message}`
  return new StoreError('unavailable', message, { cause: error })
}
