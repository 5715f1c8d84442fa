import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { agrees, isInstalled, type Lock, missingFolders, ROOT } from './node24.mjs'

const lock: Lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
    'node_modules/for-another-machine': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  },
}
const installed = { packages: { 'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' } } }

describe('what is installed', () => {
  test('agrees with the lock it came from, without the packages for other machines', () => {
    expect(agrees(lock, installed)).toBe(true)
    expect(isInstalled(ROOT)).toBe(true)
  })

  test.each<[string, Lock['packages']]>([
    ['a package came in', { 'node_modules/b': { version: '1.0.0' } }],
    ['a version changed', { 'node_modules/a': { version: '1.2.4', integrity: 'sha512-a' } }],
    ['the content changed', { 'node_modules/a': { version: '1.2.3', integrity: 'sha512-c' } }],
  ])('does not agree after a pull in which %s', (_, change) => {
    expect(agrees({ packages: { ...lock.packages, ...change } }, installed)).toBe(false)
  })

  test('does not agree when a package folder is gone', () => {
    expect(missingFolders(ROOT)).toEqual([])
    expect(missingFolders(ROOT, { packages: { 'node_modules/hono': {}, 'node_modules/no-such-package': {} } })).toEqual(
      ['node_modules/no-such-package'],
    )
  })

  test('is nothing where nothing was installed', () => {
    expect(isInstalled(import.meta.dirname)).toBe(false)
  })
})

const DRAINS = join(import.meta.dirname, '../terminal/drains.ts')

/** What `launch.mjs` does with a program of the table. */
const LAUNCHER = `import { ROOT, run } from ${JSON.stringify(join(import.meta.dirname, 'node24.mjs'))}
process.exitCode = await run(ROOT, [${JSON.stringify(DRAINS)}])`

const LAUNCH = ['--input-type=module', '--eval', LAUNCHER]
const group = (pid: number, signal: NodeJS.Signals): boolean => process.kill(-pid, signal)

const next = async (lines: AsyncIterator<string>): Promise<string> => String((await lines.next()).value)

/** As an npm script does it: a process that dies at once, then the launcher, then the program on Node 24. */
const UNDER_A_PARENT = `require('child_process').spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' })
  .once('spawn', function () { console.log(this.pid) })`

describe('a program that the launcher runs', () => {
  let started: ChildProcessWithoutNullStreams
  /** In a group of its own, as in a terminal, so that nothing outlives its test. */
  const start = (...args: string[]): AsyncIterator<string> => {
    started = spawn(process.execPath, args, { detached: true })
    return createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  }
  afterEach(() => {
    try {
      group(started.pid!, 'SIGKILL')
    } catch {
      // All of it has ended.
    }
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('drains at %s, and its exit code is ours', async (signal) => {
    const lines = start(...LAUNCH)
    expect(await next(lines)).toBe('runs on 24')
    const exit = once(started, 'exit')
    started.kill(signal)
    expect(await next(lines)).toBe('ends by SIGTERM')
    expect(await exit).toEqual([7, null])
  })

  test('drains once at Ctrl-C, which goes to all of the group', async () => {
    const lines = start(...LAUNCH)
    expect(await next(lines)).toBe('runs on 24')
    const exit = once(started, 'exit')
    group(started.pid!, 'SIGINT')
    expect(await next(lines)).toMatch(/^ends by SIG(INT|TERM)$/)
    expect(await exit).toEqual([7, null])
    expect((await lines.next()).done).toBe(true)
  })

  test('drains when the launcher is killed', async () => {
    const lines = start(...LAUNCH)
    expect(await next(lines)).toBe('runs on 24')
    started.kill('SIGKILL')
    expect(await next(lines)).toBe('ends by the death of its parent')
    expect((await lines.next()).done).toBe(true)
  })

  test('drains when the parent of the launcher is killed', async () => {
    const lines = start('-e', UNDER_A_PARENT, '--', ...LAUNCH)
    expect(await next(lines)).toMatch(/^\d+$/)
    expect(await next(lines)).toBe('runs on 24')
    started.kill('SIGKILL')
    expect(await next(lines)).toBe('ends by SIGTERM')
    expect((await lines.next()).done).toBe(true)
  })
})
