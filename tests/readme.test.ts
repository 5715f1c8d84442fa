import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT, type Scene, startScene } from '../scripts/demo/scene.ts'

/** What the README says, against what there is. */

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const DOCUMENTED_ORIGIN = 'http://localhost:8787'

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene.close())

/** From one heading to the next. */
function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`the README has no section "${heading}"`)
  return text.split('\n## ')[0]!
}

/** Each curl's body and status on lines of their own; the id of the booking comes out of the first, as it does for people. */
const BY_HAND = `
set -eu
curl() {
  ANSWER=$(command curl --silent --write-out '\\n%{http_code}' "\${@//BOOKING_ID/\${BOOKED:-}}")
  if [[ -z \${BOOKED:-} && $ANSWER =~ \\"id\\":\\"([^\\"]+) ]]; then BOOKED=\${BASH_REMATCH[1]}; fi
  echo "$ANSWER"
  # Nobody types faster, and notifications come after the answer.
  sleep 0.5
}
`

test('its three curls book, accept and read', async () => {
  const [, block] = /```sh\n([^]*?)```/.exec(section('Book, accept, read'))!
  expect(block!.match(/^curl /gm)).toHaveLength(3)
  expect(block!.split(DOCUMENTED_ORIGIN)).toHaveLength(4)
  const script = BY_HAND + block!.replaceAll(DOCUMENTED_ORIGIN, scene.origin)
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

test('the commands it names are those of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const named = Array.from(
    readme.matchAll(/\bnpm (?:(start|test)\b|run (?:-s )?([\w:-]+))/g),
    ([, bare, run]) => bare ?? run,
  )
  const there = Object.keys(scripts)
  expect(named.filter((name) => !there.includes(name!))).toEqual([])
  expect(there.filter((name) => !named.includes(name))).toEqual([])
})

test('the folders it lists are those that there are', () => {
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
  const { paths, components } = (await (await fetch(`${scene.origin}/openapi.json`)).json()) as {
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

/** As much of the path before as gives a route that there is. */
function otherEnd(before: string, end: string, paths: Paths): string {
  const parts = before.split('/')
  const candidates = parts.map((_, i) => parts.slice(0, parts.length - i - 1).join('/') + end)
  return candidates.find((path) => path in paths) ?? `${before} … ${end}`
}
