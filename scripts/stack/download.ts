import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '#platform/node/folder.ts'
import { Sentence } from '../terminal/terminal.ts'
import { isCode, takeLock } from './lock.ts'

/** Shows the progress of a download or a start in a few words; called often. */
export type ReportProgress = (text: string) => void

export interface Download {
  /** The folder's name in the cache: the product, its version and, if it matters, the platform. */
  name: string
  /** A file that only a complete download has; without it, the download is repeated. */
  proof: string
  /** Downloads into the folder; throws if the download is incomplete. */
  fetchInto: (folder: string, progress: ReportProgress) => Promise<void>
}

const LIMIT_MS = 15 * 60_000
const LOOK_MS = 500
const LEFT_BEHIND_MS = 24 * 3_600_000

/** In `XDG_CACHE_HOME`, or in `~/.cache` if it is not set; all checkouts of a user share it. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'reservoir')

/**
 * The folder of a download. The first process that needs it downloads to a temporary folder, which is renamed when it is complete,
 * so a partial download is never used. Another process waits meanwhile.
 */
export async function downloaded(download: Download, progress: ReportProgress, cache = cacheFolder()): Promise<string> {
  const folder = join(cache, download.name)
  const isThere = (): boolean => existsSync(join(folder, download.proof))
  if (isThere()) return folder
  makeFolder(cache)
  const release = await locked(`${folder}.lock`, isThere, progress)
  try {
    if (!isThere()) await make(download, folder, progress)
  } finally {
    release()
  }
  return folder
}

/** Takes the lock, or returns without it once another process has completed the download. */
async function locked(file: string, isThere: () => boolean, progress: ReportProgress): Promise<() => void> {
  const deadline = Date.now() + LIMIT_MS
  let isReported = false
  while (!isThere()) {
    const release = takeLock(file)
    if (release) return release
    if (Date.now() > deadline)
      throw new Sentence(`Another process has held ${file} for too long: end it, or remove the file.`)
    if (!isReported) progress(`another process is downloading ${basename(file, '.lock')}`)
    isReported = true
    await pause(LOOK_MS)
  }
  return () => {}
}

async function make({ proof, fetchInto }: Download, folder: string, progress: ReportProgress): Promise<void> {
  await removeLeftBehind(folder)
  const partial = await mkdtemp(`${folder}.part-`)
  try {
    await fetchInto(partial, progress)
    if (!existsSync(join(partial, proof))) throw new Error(`the download lacks ${proof}`)
    await moveTo(partial, folder, proof)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Replaces a folder that lacks the proof. A folder with it comes from a faster process, and is kept. */
async function moveTo(partial: string, folder: string, proof: string): Promise<void> {
  if (!existsSync(join(folder, proof))) await rm(folder, { recursive: true, force: true })
  try {
    await rename(partial, folder)
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error
  }
}

async function removeLeftBehind(folder: string): Promise<void> {
  const beside = await readdir(dirname(folder))
  for (const name of beside.filter((name) => name.startsWith(`${basename(folder)}.part-`))) {
    const path = join(dirname(folder), name)
    const age = Date.now() - (await stat(path)).mtimeMs
    if (age > LEFT_BEHIND_MS) await rm(path, { recursive: true, force: true })
  }
}
