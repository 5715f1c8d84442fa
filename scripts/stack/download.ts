import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Sentence } from '../terminal/terminal.ts'
import { isCode, takeLock } from './lock.ts'

/** Says what is going on, in a few words; often while something downloads. */
export type Tell = (says: string) => void

export interface Download {
  /** Its folder's name in the cache: what, which version, for which computer if that matters. */
  name: string
  /** The file in its folder that makes it usable; without it, it is downloaded again. */
  proof: string
  /** Brings it into the folder; throws if it cannot be brought whole. */
  bring: (folder: string, tell: Tell) => Promise<void>
}

const LIMIT_MS = 15 * 60_000
const LOOK_MS = 500
const LEFT_BEHIND_MS = 24 * 3_600_000

/** `XDG_CACHE_HOME` where it is set, `~/.cache` elsewhere: one for all checkouts of a user. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'reservoir')

/**
 * The folder of a download, which the first process that needs it brings. It is made beside its place and moved there when it
 * is complete, so that a partial download is never used; of two processes at once, one waits for the other.
 */
export async function downloaded(download: Download, tell: Tell, cache = cacheFolder()): Promise<string> {
  const folder = join(cache, download.name)
  const isThere = (): boolean => existsSync(join(folder, download.proof))
  if (isThere()) return folder
  await mkdir(cache, { recursive: true })
  const release = await locked(`${folder}.lock`, isThere, tell)
  try {
    if (!isThere()) await make(download, folder, tell)
  } finally {
    release()
  }
  return folder
}

/** The lock, or leave to go on without it, once another process has brought what is wanted. */
async function locked(file: string, isThere: () => boolean, tell: Tell): Promise<() => void> {
  const deadline = Date.now() + LIMIT_MS
  let isTold = false
  while (!isThere()) {
    const release = takeLock(file)
    if (release) return release
    if (Date.now() > deadline)
      throw new Sentence(`Another process has held ${file} for too long: end it, or remove the file.`)
    if (!isTold) tell(`another process is downloading ${basename(file, '.lock')}`)
    isTold = true
    await pause(LOOK_MS)
  }
  return () => {}
}

async function make({ proof, bring }: Download, folder: string, tell: Tell): Promise<void> {
  await removeLeftBehind(folder)
  const making = await mkdtemp(`${folder}.part-`)
  try {
    await bring(making, tell)
    if (!existsSync(join(making, proof))) throw new Error(`the download is without ${proof}`)
    await moveTo(making, folder, proof)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/** What lies at its place without the proof is of no use. With it, someone was faster, and theirs is as good. */
async function moveTo(making: string, folder: string, proof: string): Promise<void> {
  if (!existsSync(join(folder, proof))) await rm(folder, { recursive: true, force: true })
  try {
    await rename(making, folder)
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
