import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { processesWith } from '../../tests/real/processes.ts'
import { spawnGuarded } from './guarded.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reservoir-guarded-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** A process that starts the shell's script guarded, and then waits for ever. The folder is in its command line. */
const starter = (script: string, last: string) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { spawnGuarded } from ${JSON.stringify(join(import.meta.dirname, 'guarded.ts'))}
      spawnGuarded({ file: '/bin/sh', args: ['-c', ${JSON.stringify(script)}] }, 'pipe', '${last}').stdout.pipe(process.stdout)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

it('a guarded program ends when its starter is killed', async () => {
  const process = starter(`echo ${folder}; while :; do sleep 1; done`, 'KILL')
  await once(process.stdout, 'data')
  expect(await processesWith(folder)).not.toEqual([])
  process.kill('SIGKILL')
  await expect.poll(() => processesWith(folder), { timeout: 10_000 }).toEqual([])
})

it('a stopped program ends too', async () => {
  const process = starter(`echo ${folder}; kill -s STOP $$; echo woken > ${folder}/woken`, 'KILL')
  await once(process.stdout, 'data')
  process.kill('SIGKILL')
  await expect.poll(() => processesWith(folder), { timeout: 10_000 }).toEqual([])
})

it('a program with the last signal TERM ends by itself', async () => {
  const process = starter(
    `trap 'echo heard > ${folder}/end; exit' TERM; echo ready; while :; do sleep 0.1; done`,
    'TERM',
  )
  await once(process.stdout, 'data')
  process.kill('SIGKILL')
  await expect.poll(() => processesWith(folder), { timeout: 10_000 }).toEqual([])
  expect(readFileSync(join(folder, 'end'), 'utf8')).toBe('heard\n')
})

it("a guarded child has the program's process id and exit code", async () => {
  const child = spawnGuarded({ file: '/bin/sh', args: ['-c', `echo $$; exit 7`] }, 'pipe')
  const [id] = (await once(child.stdout!, 'data')) as [Buffer]
  expect(Number(id.toString())).toBe(child.pid)
  expect((await once(child, 'exit'))[0]).toBe(7)
})
