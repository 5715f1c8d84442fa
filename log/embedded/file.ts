import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf } from '#platform/log-line.ts'
import { makeFolder, makePrivateDatabase } from '#platform/node/folder.ts'
import { LogError } from '../log.ts'

/** The version of the tables. Raise it together with a step from the version before. */
export const SCHEMA = 1

/** A process that was asked to stop may still be closing the file. */
const LOCK_WAIT_MS = 500

const SQLITE_BUSY = 5

/**
 * A partition's end is one past its last message. `partitions.first` is written only when retention has deleted messages; it is
 * the start of the partition and, if no message is left, also its end.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_ms INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS partitions (
    topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (topic_id, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, key BLOB, value BLOB, headers TEXT, PRIMARY KEY (topic_id, partition, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS commits (
    group_name TEXT NOT NULL, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (group_name, topic_id, partition)
  ) STRICT, WITHOUT ROWID;`

/** Opens the file with its tables, locked for this process until it is closed. */
export function openFile(file: string): DatabaseSync {
  makeFileOf(file)
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS })
  try {
    lock(db)
    checkSchema(db, file)
    db.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA}; COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw explain(error, file)
  }
}

function makeFileOf(file: string): void {
  if (file === ':memory:') return
  try {
    makeFolder(dirname(file))
  } catch (error) {
    const why = `${dirname(file)} cannot be created: set DATA_DIR to a writable folder (${messageOf(error)})`
    throw new LogError('unavailable', why, { cause: error })
  }
  makePrivateDatabase(file)
}

/** In exclusive mode the first transaction takes the lock and keeps it. FULL: a commit returns when it is on the disk. */
function lock(db: DatabaseSync): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('BEGIN EXCLUSIVE; COMMIT')
}

function checkSchema(db: DatabaseSync, file: string): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found <= SCHEMA) return
  throw new LogError(
    'unavailable',
    `${file} was written by a newer Reservoir (schema ${found}, this one knows ${SCHEMA}): ` +
      'update Reservoir, or set DATA_DIR to another folder',
  )
}

function explain(error: unknown, file: string): unknown {
  if (error instanceof LogError || !(error instanceof Error)) return error
  const busy = 'errcode' in error && error.errcode === SQLITE_BUSY
  const message = busy
    ? `${file} is in use by another process: stop it, or set DATA_DIR to another folder`
    : `${file} cannot be opened: ${error.message}`
  return new LogError('unavailable', message, { cause: error })
}
