import { execFile } from 'node:child_process'

const LIMIT_MS = 30_000

interface Need {
  what: string
  /** Its output on both streams is checked. */
  command: readonly [string, ...string[]]
  suits: (printed: string) => boolean
}

const PYTHON = 'import sys, venv, ensurepip; print(*sys.version_info[:2])'

const NEEDS: readonly Need[] = [
  { what: 'Java 17 or newer', command: ['java', '-version'], suits: (text) => javaVersion(text) >= 17 },
  { what: 'Maven (mvn)', command: ['mvn', '--version'], suits: (text) => text.includes('Apache Maven') },
  {
    what: 'Python 3.10 or newer with venv (python3)',
    command: ['python3', '-c', PYTHON],
    suits: (text) => /^3 [1-9]\d/.test(text),
  },
]

/** Lists the missing programs for the servers without Docker; undefined if none is missing. */
export async function missing(): Promise<string | undefined> {
  if (process.platform === 'win32') return 'a POSIX shell (Linux or macOS)'
  const found = await Promise.all(NEEDS.map(async ({ command, suits }) => suits(await printed(command))))
  const lacking = NEEDS.filter((_, i) => !found[i]).map(({ what }) => what)
  return lacking.length > 0 ? lacking.join(', ') : undefined
}

/** Java 8 prints `1.8.0`, which counts as 1. */
const javaVersion = (text: string): number => Number(/version "(\d+)/.exec(text)?.[1] ?? 0)

const printed = ([file, ...args]: readonly [string, ...string[]]): Promise<string> =>
  new Promise((resolve) =>
    execFile(file, args, { timeout: LIMIT_MS }, (error, stdout, stderr) => resolve(error ? '' : stdout + stderr)),
  )
