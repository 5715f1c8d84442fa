/** What tests run is loaded by Vitest, which sees exports that Node does not: here Node itself loads it. */
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

test('every file of the drivers, and every process, is loaded by Node, which says nothing and ends', async () => {
  const entries = ['proxy/node.ts', 'processor/node.ts', 'edge/node.ts']
  const files = [...driversIn('log/kafka'), ...driversIn('store/mongodb'), ...entries]
  expect(files).toContain('log/kafka/kafka-log.ts')
  expect(files).toContain('store/mongodb/mongodb-store.ts')
  const loading = files.map((file) => `await import('./${file}')`).join('\n')
  expect(await run(`${loading}\nconsole.log('loaded')`)).toEqual({ stdout: 'loaded\n', stderr: '' })
})

test('an export that only Vitest sees would be found', async () => {
  const { ConfigResourceTypes } = await import('kafkajs')
  expect(ConfigResourceTypes).toBeDefined()
  await expect(run("import { ConfigResourceTypes } from 'kafkajs'")).rejects.toThrow(
    "Named export 'ConfigResourceTypes' not found",
  )
})
