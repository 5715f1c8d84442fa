/**
 * Plain JavaScript for any Node: generates the module with the browser script of the reference page, unless it exists. Runs
 * after every installation. Installing the package instead would add 284 packages for one file.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { HEADER, INTEGRITY, isGenerated, MODULE, PACKAGE, VERSION } from './module.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const SCRIPT = 'package/dist/browser/standalone.js'

/** npm retries within this limit. */
const DOWNLOAD_MS = 300_000

const generate = () => {
  const folder = mkdtempSync(join(tmpdir(), 'reservoir-viewer-'))
  try {
    const archive = download(folder)
    verify(archive)
    write(moduleOf(extract(archive, folder)))
  } catch (error) {
    console.error(`${MODULE} cannot be generated: ${error.message}, then run npm ci.`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In the project's root, where npm reads the project's own configuration too. */
const download = (folder) => {
  const args = ['pack', '--loglevel=error', '--pack-destination', folder, `${PACKAGE}@${VERSION}`]
  try {
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe', timeout: DOWNLOAD_MS })
  } catch (error) {
    const code = /\bcode (\w+)/.exec(error.stderr)?.[1] ?? error.code
    throw new Error(
      `npm cannot download ${PACKAGE} ${VERSION} (${code}); check the network and npm config get registry`,
      { cause: error },
    )
  }
  return join(folder, readdirSync(folder)[0])
}

const verify = (archive) => {
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (found === INTEGRITY) return
  throw new Error(
    `the registry's ${PACKAGE} ${VERSION} is not the pinned one (${found}); use a registry that serves npm's own tarball`,
  )
}

const extract = (archive, folder) => {
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder, SCRIPT], { stdio: 'pipe' })
  } catch (error) {
    throw new Error(`tar cannot extract ${SCRIPT} (${error.code ?? error.stderr}); install tar`, { cause: error })
  }
  return readFileSync(join(folder, SCRIPT), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
}

const moduleOf = (script) => `${HEADER}export const VERSION = '${VERSION}'
export const SHA256 = '${createHash('sha256').update(script).digest('hex')}'
/** The browser script, compressed with gzip, in base64. */
export const BUNDLE =
  '${gzipSync(script, { level: 9 }).toString('base64')}'
`

/** Renames a whole file, so that an interrupted run leaves no half module. */
const write = (text) => {
  const [target, draft] = [MODULE, `${MODULE}.${process.pid}`].map((path) => join(ROOT, path))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(draft, text)
  renameSync(draft, target)
}

if (!isGenerated(ROOT)) generate()
