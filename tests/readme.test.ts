import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Command, typed } from '../scripts/commands/help.mjs'
import { type CommandName, examine } from '../scripts/commands/read.mjs'
import { COMMANDS } from '../scripts/commands/table.mjs'
import { ROOT, type Target, startTarget } from '../scripts/testing/target.ts'
import { OLDEST } from '../scripts/doctor/machine.mjs'

/** Compares the README with the code. */

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const DOCUMENTED_ORIGIN = 'http://localhost:8787'

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())

/** From one heading to the next. */
function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`the README has no section "${heading}"`)
  return text.split('\n## ')[0]!
}

/** Prints each curl's body and status on lines of their own; the booking's id is read from the first response. */
const BY_HAND = `
set -eu
curl() {
  ANSWER=$(command curl --silent "\${@//BOOKING_ID/\${BOOKED:-}}" --write-out '\\n%{http_code}')
  if [[ -z \${BOOKED:-} && $ANSWER =~ \\"id\\":\\"([^\\"]+) ]]; then BOOKED=\${BASH_REMATCH[1]}; fi
  echo "$ANSWER"
  # A person does not type faster, and notifications arrive after the response.
  sleep 0.5
}
`

test('its three curls book, accept and read', async () => {
  const [, block] = /```sh\n([^]*?)```/.exec(section('Book, accept, read'))!
  expect(block!.match(/^curl /gm)).toHaveLength(3)
  expect(block!.split(DOCUMENTED_ORIGIN)).toHaveLength(4)
  const script = BY_HAND + block!.replaceAll(DOCUMENTED_ORIGIN, target.origin)
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: ROOT })
  const lines = stdout.trim().split('\n')
  const [booked, accepted, read] = [0, 2, 4].map((i) => JSON.parse(lines[i]!))
  expect([lines[1], lines[3], lines[5]]).toEqual(['201', '200', '200'])
  expect(booked).toMatchObject({ status: 'pending', listingId: 'listing-123', travelerId: 'traveler-1' })
  expect(accepted).toMatchObject({ status: 'confirmed', id: booked.id })
  expect(read.data).toEqual([expect.objectContaining({ bookingId: booked.id })])
})

test('it is under 200 lines', () => {
  expect(readme.split('\n').length).toBeLessThan(200)
})

test('each curl ends its output with a newline', () => {
  const [, block] = /```sh\n([^]*?)```/.exec(section('Book, accept, read'))!
  expect(block!.match(/^curl -w '\\n' /gm)).toHaveLength(3)
})

test('its sections are complete and in order', () => {
  expect(Array.from(readme.matchAll(/^## (.*)$/gm), ([, heading]) => heading)).toEqual([
    'Run it',
    'Book, accept, read',
    'On Kafka and MongoDB',
    'Test it',
    'Folders',
    'Routes',
    'Commands',
    'What is guaranteed',
  ])
})

test('it names the oldest Node that works', () => {
  expect(readme).toContain(`Node ${OLDEST} and npm`)
})

describe('the commands', () => {
  const blocks = Array.from(readme.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!).join('\n')
  const written = Array.from(
    blocks.matchAll(/npm (?:run (?:-s )?)?([\w:]+)(?: -- ([^|>)\n]*))?/g),
    ([line, name, args = '']) => ({ line, name: name as CommandName, args: args.trim().split(/\s+/).filter(Boolean) }),
  )

  test('are accepted as they are written', () => {
    expect(written.length).toBeGreaterThan(10)
    for (const { line, name, args } of written) {
      expect(Object.keys(COMMANDS), line).toContain(name)
      expect(examine(name, args, {}).fault, line).toBeUndefined()
    }
  })

  test('are silenced where their output goes into a pipe or a variable', () => {
    const read = blocks.split('\n').filter((line) => /npm run .*\| |\$\(npm run/.test(line))
    expect(read.length).toBeGreaterThan(3)
    for (const line of read) expect(line).toContain('npm run -s ')
  })

  test('have every option of the table in their row, except the options that go to Vitest', () => {
    for (const [name, command] of Object.entries(COMMANDS) as [string, Command][]) {
      if (name.startsWith('test')) continue
      const row = section('Commands')
        .split('\n')
        .find((line) => line.startsWith(`| \`${typed(name)}\``))
      expect(row, name).toBeDefined()
      for (const option of Object.keys(command.options ?? {})) expect(row, name).toContain(`\`--${option}`)
    }
  })
})

test('the commands in the README equal the scripts of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const named = Array.from(
    readme.matchAll(/\bnpm (?:(start|test)\b|run (?:-s )?([\w:-]+))/g),
    ([, bare, run]) => bare ?? run,
  )
  // npm runs `postinstall` by itself.
  const there = Object.keys(scripts).filter((name) => name !== 'postinstall')
  expect(named.filter((name) => !there.includes(name!))).toEqual([])
  expect(there.filter((name) => !named.includes(name))).toEqual([])
})

test('the folders in the README equal the folders of the project', () => {
  const listed = Array.from(section('Folders').matchAll(/`([\w-]+)\/`/g), ([, name]) => name)
  const there = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => name !== 'node_modules' && name !== 'coverage')
  expect(new Set(listed)).toEqual(new Set(there))
})

interface Operation {
  parameters?: { name?: string; $ref?: string }[]
}
type Paths = Record<string, Record<string, Operation>>

test('its routes are in /openapi.json, with the parameters it shows', async () => {
  const { paths, components } = (await (await fetch(`${target.origin}/openapi.json`)).json()) as {
    paths: Paths
    components: { parameters?: Record<string, { name: string }> }
  }
  const rows = Array.from(section('Routes').matchAll(/^\| (`[^|]*`)/gm), ([, cell]) => cell!)
    .filter((cell) => cell.includes('/'))
    .map((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, span]) => span!))
  expect(rows.length).toBeGreaterThan(5)
  for (const route of rows.flatMap((spans) => routesOf(spans, paths))) {
    const operation = paths[route.path]?.[route.method.toLowerCase()]
    expect(operation, `${route.method} ${route.path}`).toBeDefined()
    const names = (operation!.parameters ?? []).map(
      ({ name, $ref }) => name ?? components.parameters?.[$ref!.split('/').at(-1)!]?.name,
    )
    for (const asked of route.query) expect(names, `${route.method} ${route.path}`).toContain(asked)
  }
})

interface Route {
  method: string
  path: string
  query: string[]
}

/** A cell of the table; `/cancel` after `POST /v1/bookings/:id/accept` means the other end of the same route. */
function routesOf(spans: readonly string[], paths: Paths): Route[] {
  let before = { methods: ['GET'], path: '' }
  return spans.flatMap((span) => {
    const [, verbs, address] = /^(?:([A-Z, ]+) )?(\/.*)$/.exec(span)!
    const [written, search = ''] = address!.split('?') as [string, string?]
    const path = written.replaceAll(/:(\w+)/g, '{$1}')
    before =
      verbs === undefined
        ? { methods: before.methods, path: otherEnd(before.path, path, paths) }
        : { methods: verbs.split(', '), path }
    const query = Array.from(search.matchAll(/(\w+)=/g), ([, name]) => name!)
    return before.methods.map((method) => ({ method, path: before.path, query }))
  })
}

/** Joins the longest start of the previous path that gives an existing route. */
function otherEnd(before: string, end: string, paths: Paths): string {
  const parts = before.split('/')
  const candidates = parts.map((_, i) => parts.slice(0, parts.length - i - 1).join('/') + end)
  return candidates.find((path) => path in paths) ?? `${before} … ${end}`
}
