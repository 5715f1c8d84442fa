/** The file of an embedded SQLite database: readable by its owner alone, and locked for one process until it is closed. */
import { dirname } from 'node:path'
import { messageOf } from '../log-line.ts'
import { makeFolder, makePrivateDatabase } from './folder.ts'

const SQLITE_BUSY = 5

/** The used part of a SQLite connection: only the drivers may import SQLite. */
interface Database {
  exec(sql: string): void
  prepare(sql: string): { get(): Record<string, unknown> | undefined }
  close(): void
}

export interface DatabaseFile<D extends Database> {
  file: string
  /** The version of the tables that this process knows. */
  schema: number
  connect: () => D
  /** Creates missing tables. */
  prepare: (db: D) => void
  /** The driver's own errors; every other error becomes one of them. */
  Failure: new (code: 'unavailable', message: string, options?: ErrorOptions) => Error
}

/** Throws a `Failure` with a sentence that says what to do. */
export function openDatabaseFile<D extends Database>(options: DatabaseFile<D>): D {
  makeFileOf(options)
  const db = options.connect()
  try {
    lock(db)
    checkSchema(db, options)
    options.prepare(db)
    return db
  } catch (error) {
    db.close()
    throw explain(error, options)
  }
}

type Place = Omit<DatabaseFile<Database>, 'connect' | 'prepare'>

function makeFileOf({ file, Failure }: Place): void {
  if (file === ':memory:') return
  try {
    makeFolder(dirname(file))
  } catch (error) {
    const why = `${dirname(file)} cannot be created: set DATA_DIR to a writable folder (${messageOf(error)})`
    throw new Failure('unavailable', why, { cause: error })
  }
  makePrivateDatabase(file)
}

/** In exclusive mode the first transaction takes the lock and keeps it. FULL: a commit returns when it is on the disk. */
function lock(db: Database): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('BEGIN EXCLUSIVE; COMMIT')
}

function checkSchema(db: Database, { file, schema, Failure }: Place): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found <= schema) return
  throw new Failure(
    'unavailable',
    `${file} was written by a newer Reservoir (schema ${found}, this one knows ${schema}): ` +
      'update Reservoir, or set DATA_DIR to another folder',
  )
}

function explain(error: unknown, { file, Failure }: Place): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const busy = 'errcode' in error && error.errcode === SQLITE_BUSY
  const message = busy
    ? `${file} is in use by another process: stop it, or set DATA_DIR to another folder`
    : `${file} cannot be opened: ${error.message}`
  return new Failure('unavailable', message, { cause: error })
}
