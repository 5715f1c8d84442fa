import { DatabaseSync } from 'node:sqlite'
import { openDatabaseFile } from '#platform/node/database-file.ts'
import { LogError } from '../log.ts'

/** The version of the tables. Raise it together with a step from the version before. */
export const SCHEMA = 1

/** A process that was asked to stop may still be closing the file. */
const LOCK_WAIT_MS = 500

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
export const openFile = (file: string): DatabaseSync =>
  openDatabaseFile({
    file,
    schema: SCHEMA,
    connect: () => new DatabaseSync(file, { timeout: LOCK_WAIT_MS }),
    prepare: (db) => db.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${SCHEMA}; COMMIT`),
    Failure: LogError,
  })
