import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaches } from '../scripts/architecture/import-table.ts'
import { readSources } from '../scripts/architecture/sources.ts'

const root = join(import.meta.dirname, '..')

const complaints = (path: string, text: string): string[] => breaches([{ path, text }])

describe('the import table', () => {
  test('holds in every file of ours', () => {
    const sources = readSources(root)
    expect(sources.map(({ path }) => path)).toContain('domain/booking.ts')
    expect(breaches(sources)).toEqual([])
  })

  test('is broken by a file planted on disk, deep in a folder', () => {
    const planted = mkdtempSync(join(tmpdir(), 'reservoir-planted-'))
    const path = join(planted, 'domain/deep/down/file.ts')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `export {}\nimport '../../../log/log.ts'\n`)
    const found = breaches(readSources(planted))
    rmSync(planted, { recursive: true })
    expect(found).toEqual(['domain/deep/down/file.ts:2: domain may not import log'])
  })
})

describe('a folder that may not be imported', () => {
  test.each([
    ['a static import', `import { a } from '#log/log.ts'`],
    ['a bare import', `import '#log/log.ts'`],
    ['a type import', `import type { Log } from '#log/log.ts'`],
    ['an import of one type', `import { type Log } from '#log/log.ts'`],
    ['a type in place', `let log: import('#log/log.ts').Log`],
    ['a dynamic import', `await import('#log/log.ts')`],
    ['a dynamic import by a template', 'await import(`#log/log.ts`)'],
    ['a re-export', `export { a } from '#log/log.ts'`],
    ['a re-export of everything', `export * from '#log/log.ts'`],
    ['a re-export of a type', `export type { Log } from '#log/log.ts'`],
    ['a relative path', `import { a } from '../log/log.ts'`],
    ['a relative path with detours', `import { a } from '../log/log.ts'`],
  ])('is noticed in %s', (_, text) => {
    expect(complaints('store/planted.ts', text)).toEqual(['store/planted.ts:1: store may not import log'])
  })

  test.each([
    ['domain', 'store'],
    ['domain', 'platform'],
    ['platform', 'domain'],
    ['log', 'store'],
    ['log', 'domain'],
    ['store', 'domain'],
    ['proxy', 'domain'],
    ['proxy', 'store'],
    ['processor', 'edge'],
    ['processor', 'proxy'],
    ['edge', 'log'],
    ['edge', 'processor'],
    ['log', 'scripts'],
    ['web', 'platform'],
    ['clients', 'domain'],
  ])('is noticed from %s to %s', (from, to) => {
    const expected = [`${from}/a/b.ts:1: ${from} may not import ${to}`]
    expect(complaints(`${from}/a/b.ts`, `import '../../${to}/x.ts'`)).toEqual(expected)
  })

  test('is noticed in a test', () => {
    expect(complaints('domain/x.test.ts', `import '#store/store.ts'`)).toHaveLength(1)
  })

  test('may hide behind no name that is made at run time', () => {
    expect(complaints('log/x.ts', 'await import(`#${name}/x.ts`)')).toEqual([
      'log/x.ts:1: an import must name its module',
    ])
  })
})

describe('a vendor', () => {
  test.each([
    ['processor/x.ts', 'kafkajs'],
    ['log/embedded/feed.ts', 'kafkajs'],
    ['store/store.ts', 'mongodb'],
    ['log/kafka/kafka-log.ts', 'mongodb'],
    ['store/embedded/embedded-store.ts', 'mongodb/lib/bson'],
    ['processor/x.ts', 'node:sqlite'],
    ['store/query.ts', 'node:sqlite'],
    ['proxy/x.ts', '@upstash/kafka'],
    ['scripts/x.ts', 'kafkajs'],
    ['edge/x.ts', 'jose'],
    ['edge/x.ts', 'react'],
    ['edge/x.ts', 'react-dom/client'],
  ])('is noticed in %s: %s', (path, vendor) => {
    expect(complaints(path, `import x from '${vendor}'`)).toEqual([expect.stringContaining('is named only in')])
  })

  test.each([
    ['log/kafka/kafka-log.ts', 'kafkajs'],
    ['log/kafka/admin.test.ts', 'kafkajs'],
    ['store/mongodb/mongodb-store.ts', 'mongodb'],
    ['store/embedded/file.ts', 'node:sqlite'],
    ['log/embedded/embedded-log.test.ts', 'node:sqlite'],
    ['edge/x.ts', '@upstash/kafka'],
    ['tests/x.test.ts', '@upstash/kafka'],
  ])('is at home in %s: %s', (path, vendor) => {
    expect(complaints(path, `import x from '${vendor}'`)).toEqual([])
  })
})

describe('the domain', () => {
  test.each([
    `import 'node:fs'`,
    `import 'fs/promises'`,
    `import 'hono'`,
    `const now = Date.now()`,
    `const clock = Date.now`,
    `const clock = Date['now']`,
    `const { now } = Date`,
    `const today = new Date()`,
    `const today = Date()`,
    `const chance = Math.random()`,
    `const id = crypto.randomUUID()`,
    `const { env } = process`,
    `const env = process.env`,
    `const env = globalThis.process`,
    `await fetch('http://localhost')`,
    `setTimeout(() => {}, 1)`,
    `console.log(1)`,
  ])('does without %s', (text) => {
    expect(complaints('domain/planted.ts', `\n${text}`)).toEqual([
      expect.stringMatching(/^domain\/planted\.ts:2: domain/),
    ])
  })

  test('is free to parse dates and to speak of clocks', () => {
    const text = `// Date.now()\nconst a = new Date('2026-01-01')\nconst b = 'Math.random()'\nevents.fetch()\nprocess(a)`
    expect(complaints('domain/fine.ts', text)).toEqual([])
    expect(complaints('domain/fine.ts', `import { z } from 'zod'\nimport './listing/night.ts'`)).toEqual([])
  })

  test('is tested with vitest and fast-check, which its code does not know', () => {
    const text = `import { test } from 'vitest'\nimport fc from 'fast-check'\nimport './x.ts'`
    expect(complaints('domain/x.test.ts', text)).toEqual([])
    expect(complaints('domain/testing/given.ts', text)).toEqual([])
    expect(complaints('domain/x.ts', text)).toHaveLength(2)
  })
})

describe('the edge', () => {
  test.each([
    `import 'node:crypto'`,
    `import 'crypto'`,
    `import { serve } from '@hono/node-server'`,
    `process.env.PORT`,
  ])('does without %s outside its Node entry', (text) => {
    expect(complaints('edge/app.ts', text)).toEqual([expect.stringContaining('edge does without')])
    expect(complaints('edge/node.ts', text)).toEqual([])
  })

  test('knows the domain', () => {
    expect(complaints('edge/app.ts', `import '#domain/booking.ts'`)).toEqual([])
  })
})

describe('the platform', () => {
  test('does without Node outside its own folder for it', () => {
    expect(complaints('platform/x.ts', `import 'node:fs'`)).toEqual(['platform/x.ts:1: platform does without node:fs'])
    expect(complaints('platform/node/x.ts', `import 'node:fs'`)).toEqual([])
  })
})
