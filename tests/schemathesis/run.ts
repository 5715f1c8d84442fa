/** Schemathesis from PyPI: it reads an OpenAPI document, sends requests that follow or violate it, and checks every response. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloaded } from '../../scripts/stack/download.ts'
import { pythonPackages } from '../../scripts/stack/packages.ts'

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
const CONFIG = join(import.meta.dirname, 'schemathesis.toml')
const HOOKS = join(import.meta.dirname, 'hooks.py')
const LIMIT_MS = 280_000
const OUTPUT_BYTES = 64 * 1024 ** 2

/** Runs it on the document at an address, and returns what it found: nothing, or a text. @param options of `schemathesis run` */
export type Schemathesis = (document: string, options?: readonly string[]) => Promise<string>

export const findSchemathesis = (): Promise<Schemathesis | { lack: string }> =>
  install().then(
    (folder) => (document, options) => run(folder, document, options),
    (error: Error) => ({ lack: `cannot install Schemathesis from PyPI with python3 3.11 or newer: ${error.message}` }),
  )

async function install(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const packages = ['--require-hashes', '--only-binary=:all:', '--requirement', REQUIREMENTS]
  return downloaded(await pythonPackages('Schemathesis', `schemathesis-${digest}`, packages), () => {})
}

function run(folder: string, document: string, options: readonly string[] = []): Promise<string> {
  // It writes files into its folder.
  const cwd = mkdtempSync(join(tmpdir(), 'reservoir-schemathesis-'))
  const args = ['-m', 'schemathesis.cli', '--config-file', CONFIG, 'run', document, '--no-color', ...options]
  const env = { ...process.env, SCHEMATHESIS_HOOKS: HOOKS, PYTHONDONTWRITEBYTECODE: '1' }
  return new Promise((resolve) =>
    execFile(
      join(folder, 'bin/python3'),
      args,
      { cwd, env, timeout: LIMIT_MS, maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        rmSync(cwd, { recursive: true, force: true })
        const output = stdout + stderr
        resolve(error ? failuresIn(output) || `${error.message}\n${output}` : '')
      },
    ),
  )
}

/** Without the progress before and the statistics behind. */
const failuresIn = (output: string): string =>
  /^=+ (?:FAILURES|ERRORS) =+$[^]*?(?=^=+ (?:WARNINGS|SUMMARY) =+$)/m.exec(output)?.[0] ?? ''
