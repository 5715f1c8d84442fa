/** Checks this computer: Node, npm, packages, registry. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasPackages, isInstalled, missingFolders } from '../node24/node24.mjs'
import { MODULE, PACKAGE, VERSION } from '../viewer/module.mjs'
import { ok, warning, wrong } from './report.mjs'

/** The output of a program; undefined if it fails. */
export const printed = (program, args, cwd) =>
  new Promise((resolve) => {
    const options = { cwd, timeout: 10_000 }
    execFile(program, args, options, (error, stdout) => resolve(error ? undefined : stdout.trim()))
  })

/** The oldest Node version that can install and start Node 24. */
export const OLDEST = 20

export const checkNode = (version) => {
  const major = Number(version.split('.')[0])
  if (major >= 24) return ok('node', `Node ${version}`)
  if (major >= OLDEST) return ok('node', `Node ${version}, which starts Node 24 from the installed packages`)
  return wrong('node', `Node ${version} is too old`, `install Node ${OLDEST} or newer`)
}

export const checkNpm = async (root) => {
  const version = await printed('npm', ['--version'], root)
  if (version === undefined) return wrong('npm', 'npm cannot be run', 'install npm; Node includes it')
  const ignoresScripts = (await printed('npm', ['config', 'get', 'ignore-scripts'], root)) === 'true'
  if (!ignoresScripts) return ok('npm', `npm ${version}`)
  const remedy = 'npm config set ignore-scripts false'
  return warning('npm', `npm ${version} ignores install scripts, but one of them installs Node 24`, remedy)
}

/** Only a warning, because every command installs missing packages. */
export const checkPackages = (root) => {
  if (isInstalled(root)) return ok('packages', 'installed according to package-lock.json')
  return warning('packages', packageFault(root), 'run npm start or npm ci')
}

const packageFault = (root) => {
  if (!existsSync(join(root, 'node_modules'))) return 'nothing is installed yet'
  const [missing] = missingFolders(root)
  if (missing) return `${missing} is missing`
  if (hasPackages(root)) return `${MODULE} is missing or is not ${PACKAGE} ${VERSION}`
  return 'the installed packages differ from package-lock.json'
}

export const checkRegistry = async (root) => {
  const registry = (await printed('npm', ['config', 'get', 'registry'], root)) ?? 'the registry'
  if ((await printed('npm', ['ping'], root)) !== undefined) return ok('registry', `${registry} responds`)
  const remedy = 'check the network and npm config get registry; installed packages run without it'
  return wrong('registry', `${registry} does not respond`, remedy)
}
