/** Loads our files with Node itself, because Vitest resolves exports that Node does not. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

const run = (program: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT, timeout: 30_000 })

const driversIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`)

test('Node loads every driver file and every process entry without output', async () => {
  const entries = ['proxy/node.ts', 'processor/node.ts', 'edge/node.ts']
  const files = [...driversIn('log/kafka'), ...driversIn('store/mongodb'), ...entries]
  expect(files).toContain('log/kafka/kafka-log.ts')
  expect(files).toContain('store/mongodb/mongodb-store.ts')
  const loading = files.map((file) => `await import('./${file}')`).join('\n')
  expect(await run(`${loading}\nconsole.log('loaded')`)).toEqual({ stdout: 'loaded\n', stderr: '' })
})

test('Node reports an export that only Vitest resolves', async () => {
  const { ConfigResourceTypes } = await import('kafkajs')
  expect(ConfigResourceTypes).toBeDefined()
  await expect(run("import { ConfigResourceTypes } from 'kafkajs'")).rejects.toThrow(
    "Named export 'ConfigResourceTypes' not found",
  )
})
