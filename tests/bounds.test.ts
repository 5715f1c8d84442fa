/** docs/security.md lists every bound of every process with its value. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const DOCUMENT = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')

const FILES = ['platform/node/limits.ts', 'proxy/limits.ts', 'edge/limits.ts', 'processor/limits.ts']

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, s: 1_000, min: 60_000, h: 3_600_000 }

/** `8 MiB` is 8388608, `30 s` is 30000. */
function numberIn(text: string): number {
  const [, digits, unit] = /^(\d+)(?: (\w+))?$/.exec(text)!
  return Number(digits) * (unit === undefined ? 1 : UNITS[unit]!)
}

/** The rows of the table that follows the file's name. */
function documented(file: string): [name: string, value: number][] {
  const [, section = ''] = DOCUMENT.split(`\`${file}\``)
  const rows = section.split(/\n#+ /)[0]!.matchAll(/^\| `([\w.]+)` +\| ([^|]+?) +\|/gm)
  return Array.from(rows, ([, name, value]) => [name!, numberIn(value!)])
}

/** Names of nested numbers have dots: `streams.total`. */
const numbersIn = (value: unknown, name: string): [name: string, value: number][] =>
  typeof value === 'number'
    ? [[name, value]]
    : Object.entries(value as object).flatMap(([key, one]) => numbersIn(one, name === '' ? key : `${name}.${key}`))

/** The exports of a file, such as `STREAMS`; those of the only object `LIMITS` have no prefix. */
const bounds = (file: object): [name: string, value: number][] =>
  Object.entries(file)
    .filter(([, value]) => typeof value !== 'function')
    .flatMap(([name, value]) => numbersIn(value, name.endsWith('LIMITS') ? '' : name.toLowerCase()))

test.each(FILES)('docs/security.md lists the bounds of %s', async (file) => {
  const actual = bounds((await import(join(ROOT, file))) as object)
  expect(actual.length).toBeGreaterThan(0)
  expect(Object.fromEntries(documented(file))).toEqual(Object.fromEntries(actual))
})

test('nested bounds have names with dots, and units are converted', () => {
  expect(bounds({ LIMITS: { a: 1, b: { share: 2 } }, STREAMS: { total: 3 }, shared: () => 4 })).toEqual([
    ['a', 1],
    ['b.share', 2],
    ['streams.total', 3],
  ])
  expect(['8 MiB', '16 KiB', '30 s', '2 min', '1000'].map(numberIn)).toEqual([
    8_388_608, 16_384, 30_000, 120_000, 1_000,
  ])
})
