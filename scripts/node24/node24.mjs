/**
 * Plain JavaScript for whatever Node is there: installs what is missing and runs our programs on Node 24, which is one of
 * the packages.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Asked at once: it may die while we install. */
const PARENT = process.ppid

const HOW_OFTEN_TO_LOOK_MS = 250

/** Ctrl-C goes to the program as well; to be told once more while it exits would kill it. */
const WAS_IT_TOLD_MS = 1_000

/**
 * npm notes in `node_modules` what it has installed. As long as that agrees with our lock, whoever installed it, nothing is
 * to be done; after a pull that changed the lock it does not. Optional packages may be missing: they are for other machines.
 */
export const agrees = (lock, installed) =>
  Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path]
    if (path === '' || (!found && wanted.optional)) return true
    return found?.version === wanted.version && found?.integrity === wanted.integrity
  })

export const isInstalled = (root) => {
  const [lock, note] = [join(root, 'package-lock.json'), join(root, 'node_modules/.package-lock.json')]
  return existsSync(nodeIn(root)) && agrees(readJson(lock), readJson(note))
}

/** Ends the process, with a sentence, if it cannot be done. */
export const install = (root) => {
  if (isInstalled(root)) return
  console.error('Installing what is missing (20 seconds or so, some minutes with nothing cached) ...')
  const flags = ['--no-fund', '--no-audit', '--loglevel=error']
  const { status } = spawnSync('npm', ['ci', ...flags], { cwd: root, env: withoutOurs(root), stdio: ['ignore', 2, 2] })
  if (status === 0 && existsSync(nodeIn(root))) return
  const reason =
    status === 0
      ? 'npm left out Node 24, which an install script brings: allow scripts (npm config set ignore-scripts false).'
      : 'The installation failed, most often because the registry cannot be reached: see to the network.'
  console.error(`${reason} Then run this again.`)
  process.exit(1)
}

/**
 * Runs a program on Node 24 until it ends, and answers with its exit code. Whatever ends us ends it too: a signal is passed
 * on, once, and it drains at its own pace; the death of our parent counts as a signal. Should we be killed, the channel
 * between us breaks, which the program notices (`end-with-parent.ts`).
 */
export const run = (root, args, { channel = true } = {}) => {
  const stdio = channel ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit'
  const child = spawn(nodeIn(root), args, { stdio, env: withOurs(root) })

  let telling
  const end = (signal) => {
    telling ??= setTimeout(() => child.kill('SIGTERM'), signal === 'SIGINT' ? WAS_IT_TOLD_MS : 0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
  const look = setInterval(() => process.ppid !== PARENT && end(), HOW_OFTEN_TO_LOOK_MS)

  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      clearInterval(look)
      clearTimeout(telling)
      resolve(code ?? 1)
    })
  })
}

const nodeIn = (root) => join(root, 'node_modules/node/bin/node')

const binIn = (root) => join(root, 'node_modules/.bin')

/** A note that is missing, or that an interrupted installation left half written, says that nothing is installed. */
const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { packages: {} }
  }
}

const withOurs = (root) => ({ ...process.env, PATH: [binIn(root), process.env.PATH].join(delimiter) })

/** npm is about to remove our own Node, and must not run on it. */
const withoutOurs = (root) => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== binIn(root))
  return { ...process.env, PATH: folders.join(delimiter) }
}
