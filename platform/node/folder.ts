import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The rights of the owner alone. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
const OTHERS = 0o077

/**
 * Creates a folder and its missing parents, for their owner alone. Does not change a folder that exists. Throws the error of the
 * first part that cannot be created. Each part is created on its own: Node's recursive `mkdir` never returns for a folder below `/proc`.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, FOLDER_MODE)
  } catch (error) {
    // Another process may have created it in the meantime.
    if (!isFolder(path)) throw error
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Makes a folder that belongs to one program alone, and takes the rights of others away from one that exists. */
export function makePrivateFolder(path: string): void {
  makeFolder(path)
  restrict(path)
}

/**
 * Creates the file of a SQLite database, readable by its owner alone, and takes the rights of others away from files that exist.
 * SQLite gives its two further files the mode of the first. Throws nothing: SQLite itself reports a file that it cannot open.
 */
export function makePrivateDatabase(file: string): void {
  try {
    // An existing file must not be opened: closing it would release SQLite's locks of this process.
    closeSync(openSync(file, 'wx', FILE_MODE))
  } catch {
    for (const path of [file, `${file}-wal`, `${file}-shm`]) restrict(path)
  }
}

/** Takes the rights of others away. Without the right to do so, or on a file system without modes, nothing changes. */
export function restrict(path: string): void {
  try {
    const { mode } = statSync(path)
    if (mode & OTHERS) chmodSync(path, mode & ~OTHERS)
  } catch {
    // `npm run doctor` reports a file that others can read.
  }
}
