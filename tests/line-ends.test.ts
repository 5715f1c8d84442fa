import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

/** A clone on a computer whose git converts line ends, as git for Windows does by default. */

const ROOT = join(import.meta.dirname, '..')
const SCRIPTS = ['.ci/run', ...globSync('k8s/**/*.sh', { cwd: ROOT }), 'scripts/node24/launch.mjs', 'Dockerfile']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reservoir-clone-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args])

/** The scripts of a clone that have CRLF, of a repository with these files. */
function convertedIn(files: readonly string[]): string[] {
  const [origin, clone] = [join(folder, 'origin'), join(folder, 'clone')]
  for (const file of files) {
    mkdirSync(dirname(join(origin, file)), { recursive: true })
    copyFileSync(join(ROOT, file), join(origin, file))
  }
  git('init', '--quiet', origin)
  git('-C', origin, '-c', 'core.autocrlf=false', 'add', '--all')
  git('-C', origin, 'commit', '--quiet', '--message', 'files')
  git('clone', '--quiet', '--config', 'core.autocrlf=true', origin, clone)
  return SCRIPTS.filter((file) => readFileSync(join(clone, file)).includes('\r\n'))
}

test('a clone with core.autocrlf=true has scripts with LF', () => {
  expect(SCRIPTS.length).toBeGreaterThan(4)
  expect(convertedIn([...SCRIPTS, '.gitattributes'])).toEqual([])
})

test('without .gitattributes such a clone has CRLF', () => {
  expect(convertedIn(SCRIPTS)).toEqual(SCRIPTS)
})
