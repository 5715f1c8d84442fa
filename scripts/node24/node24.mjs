/** Plain JavaScript for any Node: installs what is missing, and runs programs on Node 24, which is one of the packages. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isGenerated } from '../viewer/module.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Read at once: the parent may die during the installation. */
const PARENT = process.ppid

const LOOK_MS = 250

/** Ctrl-C reaches the program too; a second signal while it exits would kill it. */
const GRACE_MS = 1_000

/** An installation that does not end at SIGTERM is killed after this time. */
const TOOL_GRACE_MS = 5_000

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * npm writes into `node_modules` what it has installed. After a pull that changed the lock, the two differ. Optional packages
 * may be missing: they are for other machines.
 */
export const agrees = (lock, installed) =>
  Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path]
    if (path === '' || (!found && wanted.optional)) return true
    return found?.version === wanted.version && found?.integrity === wanted.integrity
  })

/** The packages, and the module that is generated from one more. */
export const isInstalled = (root) => hasPackages(root) && isGenerated(root)

export const hasPackages = (root) => {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
    readJson(join(root, file)),
  )
  return existsSync(nodeIn(root)) && agrees(lock, installed) && missingFolders(root, installed).length === 0
}

/** Packages that npm has installed and whose folder is gone or empty. */
export const missingFolders = (root, installed = readJson(join(root, 'node_modules/.package-lock.json'))) =>
  Object.keys(installed.packages).filter((path) => path !== '' && !existsSync(join(root, path, 'package.json')))

/** Installs what is missing; ends the process with a sentence if that fails. */
export const install = async (root) => {
  if (isInstalled(root)) return
  console.error('Installing what is missing (20 seconds or so, some minutes with nothing cached) ...')
  if (!hasPackages(root)) await installPackages(root)
  if (!isGenerated(root)) await generateModule(root)
}

const installPackages = async (root) => {
  const status = await runTool(root, 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
  if (status === 0 && existsSync(nodeIn(root))) return
  const reason =
    status === 0
      ? 'npm left out Node 24, which an install script brings: allow scripts (npm config set ignore-scripts false).'
      : 'The installation failed, most often because the registry cannot be reached: check the network.'
  console.error(`${reason} Then run this again.`)
  process.exit(1)
}

/** The program prints the reason of a failure. */
const generateModule = async (root) => {
  const status = await runTool(root, process.execPath, [join(root, 'scripts/viewer/fetch.mjs')])
  if (status !== 0) process.exit(1)
}

/**
 * Runs a tool of the installation and resolves with its exit code. The tool and its children are a process group, which a signal
 * to this process or the death of the parent ends; this process then ends too.
 */
const runTool = (root, file, args) =>
  new Promise((resolve) => {
    const options = { cwd: root, env: withoutOurs(root), stdio: ['ignore', 2, 2], detached: true }
    let late
    const end = () => {
      if (late) return
      late = setTimeout(() => signalGroup(child, 'SIGKILL'), TOOL_GRACE_MS)
      signalGroup(child, 'SIGTERM')
    }
    // Before the start: a signal during it would leave the tool running.
    const unwatch = onEnd(end)
    const child = spawn(file, args, options)
    const settle = (code) => {
      unwatch()
      if (!late) return resolve(code)
      signalGroup(child, 'SIGKILL')
      process.exit(1)
    }
    child.once('error', () => settle(1))
    child.once('exit', (code) => settle(code ?? 1))
  })

const signalGroup = ({ pid }, signal) => {
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}

/** Calls `end` at each signal that ends a command, and when the parent has died. Returns a function that stops watching. */
const onEnd = (end) => {
  for (const signal of SIGNALS) process.on(signal, end)
  const look = setInterval(() => process.ppid !== PARENT && end(), LOOK_MS)
  return () => {
    clearInterval(look)
    for (const signal of SIGNALS) process.off(signal, end)
  }
}

/**
 * Runs a program on Node 24 until it ends, and resolves with its exit code. A signal is passed on once, and the program drains
 * at its own pace; the death of the parent counts as a signal. If this process is killed, the channel to the program breaks,
 * which the program notices (`end-with-parent.ts`).
 */
export const run = (root, args, { channel = true } = {}) => {
  const stdio = channel ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit'
  const child = spawn(nodeIn(root), args, { stdio, env: withOurs(root) })

  let signalling
  const end = (signal) => {
    signalling ??= setTimeout(() => child.kill('SIGTERM'), signal === 'SIGINT' ? GRACE_MS : 0)
  }
  const unwatch = onEnd(end)

  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      unwatch()
      clearTimeout(signalling)
      resolve(code ?? 1)
    })
  })
}

const nodeIn = (root) => join(root, 'node_modules/node/bin/node')

const binIn = (root) => join(root, 'node_modules/.bin')

/** A file that is missing, or that an interrupted installation left half written, means that nothing is installed. */
const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { packages: {} }
  }
}

const withOurs = (root) => ({ ...process.env, PATH: [binIn(root), process.env.PATH].join(delimiter) })

/** npm removes the installed Node first, so npm must not run on it. */
const withoutOurs = (root) => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== binIn(root))
  return { ...process.env, PATH: folders.join(delimiter) }
}
