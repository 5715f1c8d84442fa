import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { openEmbeddedStore } from './embedded-store.ts'

const KILLS = 6
const script = join(import.meta.dirname, 'killed.ts')

const folder = await mkdtemp(join(tmpdir(), 'reservoir-kill-'))
afterAll(() => rm(folder, { recursive: true }))

/** What the child acknowledged before it died, at the latest moment it could tell. */
const runAndKill = async (file: string, run: number, killAfter: number): Promise<string[]> => {
  const child = spawn(process.execPath, [script, file, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === killAfter) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return acknowledged
}

test('kill -9 during writes loses no acknowledged write and leaves no partial one', { timeout: 60_000 }, async () => {
  const file = join(folder, 'killed.db')
  const acknowledged: string[] = []
  for (let run = 0; run < KILLS; run++) acknowledged.push(...(await runAndKill(file, run, 100 + run * 333)))

  const store = openEmbeddedStore({ file, collections: { writes: {} } })
  for (const id of acknowledged) {
    const n = Number(id.split(':').at(-1))
    expect(await store.get('writes', id)).toEqual({ _id: id, n, text: 'x'.repeat(n % 5_000) })
  }
  for (const writer of new Set(acknowledged.map((id) => id.split(':')[1]))) {
    const last = await store.get<{ _id: string; n: number; deep: { n: number } }>('writes', `last of ${writer}`)
    expect(last!.n).toBe(last!.deep.n)
    const writes = acknowledged.filter((id) => id.split(':')[1] === writer)
    expect(last!.n).toBeGreaterThanOrEqual(writes.length)
  }
  await store.close()
})
