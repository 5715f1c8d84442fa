import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs'

const TOUCH_MS = 1_000

/** The age after which a lock that its holder has not touched is free. */
const STALE_MS = 15_000

/** Releases the lock. */
export type Release = () => void

/**
 * Takes the lock, or returns undefined while a living process holds it. The lock of a dead process is free at once. If another
 * process has the dead one's id, or the dead one ran on another computer, the lock is free when it is stale.
 */
export function takeLock(file: string): Release | undefined {
  if (isStale(file)) rmSync(file, { force: true })
  try {
    const handle = openSync(file, 'wx')
    writeSync(handle, String(process.pid))
    closeSync(handle)
  } catch (error) {
    if (isCode(error, 'EEXIST')) return undefined
    throw error
  }
  const touching = setInterval(() => touch(file), TOUCH_MS).unref()
  return () => {
    clearInterval(touching)
    rmSync(file, { force: true })
  }
}

function isStale(file: string): boolean {
  try {
    const age = Date.now() - statSync(file).mtimeMs
    const holder = Number(readFileSync(file, 'utf8'))
    return age > STALE_MS || (holder > 0 && !isAlive(holder))
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !isCode(error, 'ESRCH')
  }
}

function touch(file: string): void {
  try {
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // Another process has taken the lock as stale. Neither process can damage the other's result.
  }
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
