import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaches, TABLE, VENDORS } from '../scripts/architecture/import-table.ts'
import { readSources } from '../scripts/architecture/sources.ts'

const root = join(import.meta.dirname, '..')

const faults = (path: string, text: string): string[] => breaches([{ path, text }])

describe('the import table', () => {
  test('holds in every file', () => {
    const sources = readSources(root)
    expect(sources.map(({ path }) => path)).toContain('domain/booking.ts')
    expect(breaches(sources)).toEqual([])
  })

  test('reports a file planted on disk, deep in a folder', () => {
    const planted = mkdtempSync(join(tmpdir(), 'reservoir-planted-'))
    const path = join(planted, 'domain/deep/down/file.ts')
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `export {}\nimport '../../../log/log.ts'\n`)
    const found = breaches(readSources(planted))
    rmSync(planted, { recursive: true })
    expect(found).toEqual(['domain/deep/down/file.ts:2: domain may not import log'])
  })
})

describe('a forbidden folder', () => {
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
  ])('is reported in %s', (_, text) => {
    expect(faults('store/planted.ts', text)).toEqual(['store/planted.ts:1: store may not import log'])
  })

  const rooms = [...Object.keys(TABLE), 'scripts']
  const pairs = Object.entries(TABLE).flatMap(([from, { folders, types = [] }]) =>
    rooms.filter((to) => to !== from && ![...folders, ...types].includes(to)).map((to) => [from, to] as const),
  )
  test.each(pairs)('is reported from %s to %s', (from, to) => {
    const expected = [`${from}/a/b.ts:1: ${from} may not import ${to}`]
    expect(faults(`${from}/a/b.ts`, `import '../../${to}/x.ts'`)).toEqual(expected)
  })

  test('is reported in a test', () => {
    expect(faults('domain/x.test.ts', `import '#store/store.ts'`)).toHaveLength(1)
  })

  test('cannot hide behind a computed name', () => {
    expect(faults('log/x.ts', 'await import(`#${name}/x.ts`)')).toEqual(['log/x.ts:1: an import must name its module'])
  })
})

describe('an allowed folder', () => {
  const pairs = Object.entries(TABLE).flatMap(([from, { folders }]) => folders.map((to) => [from, to] as const))
  test.each(pairs)('%s may import %s', (from, to) => {
    expect(faults(`${from}/a/b.ts`, `import '../../${to}/x.ts'`)).toEqual([])
  })

  test('web may import only types of the domain', () => {
    expect(faults('web/x.ts', `import type { Booking } from '#domain/booking.ts'`)).toEqual([])
    const values = [`import { Booking } from '#domain/booking.ts'`, `import { type Booking } from '#domain/booking.ts'`]
    for (const text of values) {
      expect(faults('web/x.ts', text)).toEqual(['web/x.ts:1: web may import only types of domain'])
    }
  })
})

describe('a vendor', () => {
  const rooms = [...Object.keys(TABLE), 'scripts', 'bench']
  const vendorPairs = Object.entries(VENDORS).flatMap(([vendor, homes]) =>
    rooms.filter((room) => !homes.includes(`${room}/`)).map((room) => [vendor, room] as const),
  )
  test.each(vendorPairs)('%s is reported in %s', (vendor, room) => {
    expect(faults(`${room}/x.ts`, `import x from '${vendor}'`)).toEqual([
      expect.stringContaining(`${vendor} is named only in`),
    ])
  })

  test.each(Object.entries(VENDORS).flatMap(([vendor, homes]) => homes.map((home) => [vendor, home] as const)))(
    '%s is allowed in %s',
    (vendor, home) => {
      expect(faults(`${home}x.ts`, `import x from '${vendor}'`)).toEqual([])
      expect(faults(`${home}deep/x.test.ts`, `import x from '${vendor}/part'`)).toEqual([])
    },
  )
})

describe('a banned name', () => {
  /** A line of code that uses the name. */
  const named = (ban: string): string => {
    const name = ban.replace('*', ban === 'node:*' ? 'fs' : ban.startsWith('#') ? 'x.ts' : 'x')
    return /^[#@]|^node:/.test(name) ? `import '${name}'` : name
  }
  const bans = Object.entries(TABLE).flatMap(([folder, { never = [] }]) => never.map((ban) => [folder, ban] as const))

  test.each(bans)('is reported in %s: %s', (folder, ban) => {
    expect(faults(`${folder}/x.ts`, named(ban))).toEqual([
      expect.stringMatching(new RegExp(`^${folder}/x\\.ts:1: ${folder} (does without|may not import) `)),
    ])
  })

  test.each(Object.entries(TABLE).filter(([, { except }]) => except))('is allowed in the exception: %s', (_, row) => {
    for (const ban of row.never!) expect(faults(`${row.except}/x.ts`, named(ban))).toEqual([])
  })
})

describe('a circle between files', () => {
  const circles = (...files: [path: string, text: string][]): string[] =>
    breaches(files.map(([path, text]) => ({ path, text })))

  test('is reported for two files and for a longer path', () => {
    expect(circles(['log/a.ts', `import './b.ts'`], ['log/b.ts', `export * from '#log/a.ts'`])).toEqual([
      'log/a.ts: files import each other in a circle: log/a.ts → log/b.ts → log/a.ts',
    ])
    const long = circles(
      ['log/a.ts', `import './b.ts'`],
      ['log/b.ts', `import './c/c.ts'`],
      ['log/c/c.ts', `await import('../b.ts')`],
    )
    expect(long).toEqual(['log/b.ts: files import each other in a circle: log/b.ts → log/c/c.ts → log/b.ts'])
  })

  test('is reported when a file imports itself', () => {
    expect(circles(['log/a.ts', `import '#log/a.ts'`])).toHaveLength(1)
  })

  test('is not reported for two paths to one file or for type imports', () => {
    const diamond = circles(
      ['log/a.ts', `import './b.ts'\nimport './c.ts'`],
      ['log/b.ts', `import './d.ts'`],
      ['log/c.ts', `import './d.ts'`],
      ['log/d.ts', `import type { A } from './a.ts'`],
    )
    expect(diamond).toEqual([])
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
  ])('must not use %s', (text) => {
    expect(faults('domain/planted.ts', `\n${text}`)).toEqual([expect.stringMatching(/^domain\/planted\.ts:2: domain/)])
  })

  test('may parse dates and mention clocks', () => {
    const text = `// Date.now()\nconst a = new Date('2026-01-01')\nconst b = 'Math.random()'\nevents.fetch()\nprocess(a)`
    expect(faults('domain/fine.ts', text)).toEqual([])
    expect(faults('domain/fine.ts', `import { z } from 'zod'\nimport './listing/night.ts'`)).toEqual([])
  })

  test('may use vitest and fast-check in tests only', () => {
    const text = `import { test } from 'vitest'\nimport fc from 'fast-check'\nimport './y.ts'`
    expect(faults('domain/x.test.ts', text)).toEqual([])
    expect(faults('domain/testing/given.ts', text)).toEqual([])
    expect(faults('domain/x.ts', text)).toHaveLength(2)
  })
})
