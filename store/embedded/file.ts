import { DatabaseSync } from 'node:sqlite'
import { openDatabaseFile } from '#platform/node/database-file.ts'
import { indexesOf } from './sql.ts'
import { checkVersion, refuseBoth, VERSION_ID, VERSIONS } from '../schema.ts'
import { StoreError, type Collection, type Collections } from '../store.ts'
import { checkCollectionName } from '../value.ts'

/** The version of the tables. Raise it together with a step from the version before. */
export const SCHEMA = 1

/** A process that was asked to stop may still be closing the file. */
const LOCK_WAIT_MS = 1000

/** Opens the file with a table and indexes per collection, locked for this process until it is closed. */
export const openFile = (file: string, collections: Collections, version?: number): DatabaseSync =>
  openDatabaseFile({
    file,
    schema: SCHEMA,
    connect: () => new DatabaseSync(file, { timeout: LOCK_WAIT_MS }),
    prepare: (db) => {
      if (version !== undefined) checkVersion(versionIn(db), version, file, 'DATA_DIR to another folder')
      db.exec('BEGIN')
      for (const [name, collection] of Object.entries(collections)) {
        takeOver(db, name, collection, file)
        declareTable(db, name, collection)
      }
      db.exec(`PRAGMA user_version = ${SCHEMA}; COMMIT`)
    },
    Failure: StoreError,
  })

const versionIn = (db: DatabaseSync): unknown => {
  if (!hasTable(db, VERSIONS)) return undefined
  const found = db.prepare(`SELECT doc ->> '$.version' AS version FROM "${VERSIONS}" WHERE _id = ?`).get(VERSION_ID)
  return found?.['version']
}

export const hasTable = (db: DatabaseSync, name: string): boolean =>
  db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(name) !== undefined

const takeOver = (db: DatabaseSync, name: string, { formerly }: Collection, file: string): void => {
  if (formerly === undefined || !hasTable(db, formerly)) return
  if (hasTable(db, name)) throw refuseBoth(file, formerly, name)
  db.exec(`ALTER TABLE "${formerly}" RENAME TO "${name}"`)
}

export const declareTable = (db: DatabaseSync, name: string, collection: Collection): void => {
  checkCollectionName(name)
  db.exec(`CREATE TABLE IF NOT EXISTS "${name}" (_id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL) STRICT`)
  declareIndexes(db, name, collection)
}

/** Indexes that are no longer declared are dropped: they would only slow writes. */
export const declareIndexes = (db: DatabaseSync, name: string, { indexes = [], expires }: Collection): void => {
  const declared = indexesOf(name, indexes, expires)
  const present = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`)
  for (const { name: found } of present.all(name)) {
    const index = String(found)
    if (!declared.has(index)) db.exec(`DROP INDEX ${JSON.stringify(index)}`)
  }
  for (const sql of declared.values()) db.exec(sql)
}
