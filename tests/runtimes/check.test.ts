/** `npm run check` ends every process that it starts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ROOT } from '../../scripts/node24/node24.mjs'

const MARK = 'RESERVOIR_CHECK_MARK'

let mark: string
let check: ChildProcess

const start = (): void => {
  mark = randomUUID()
  const env = { ...process.env, [MARK]: mark }
  check = spawn(process.execPath, [join(ROOT, 'scripts/check.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

afterEach(() => check.kill('SIGKILL'))

/** The ids of the processes that inherited the mark. */
function marked(): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`)
    } catch {
      return false
    }
  })
}

// Only Linux lets a process read the environment of another.
test.runIf(existsSync('/proc/self/environ')).each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'npm run check leaves no process behind at %s',
  async (signal) => {
    start()
    // The command itself and the processes of several tools.
    await expect.poll(() => marked().length, { timeout: 20_000 }).toBeGreaterThan(4)
    check.kill(signal)
    await once(check, 'exit')
    await expect.poll(marked, { timeout: 10_000 }).toEqual([])
  },
)
