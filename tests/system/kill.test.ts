import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devKeys } from '../../scripts/dev/keys.ts'
import { freePorts } from '../../scripts/stack/ports.ts'

/** The whole system as a process, killed with SIGKILL while clients are booking, and restarted. */

const ROOT = new URL('../..', import.meta.url).pathname
const ROUNDS = 3
const CLIENTS = 8

let folder: string
let env: Record<string, string>
let origin: string
let system: ChildProcess

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  const [edge, proxy, processor] = (await freePorts([0, 0, 0])).map(String)
  env = { EDGE_PORT: edge!, PROXY_PORT: proxy!, PROCESSOR_PORT: processor!, DATA_DIR: folder }
  origin = `http://127.0.0.1:${edge}`
})

afterEach(async () => {
  system.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

test('kill -9 under load loses no acknowledged booking and duplicates none', { timeout: 90_000 }, async () => {
  const { sign } = await devKeys(ROOT)
  const token = await sign({ sub: 'traveler-1', role: 'traveler' })
  const acknowledged = new Map<string, string>()
  const requests: { key: string; day: number }[] = []

  for (let round = 0; round < ROUNDS; round++) {
    await start()
    const clients = Array.from({ length: CLIENTS }, async () => {
      for (;;) {
        const request = { key: `key-${String(requests.length).padStart(12, '0')}`, day: requests.length }
        requests.push(request)
        const id = await book(token, request).catch(() => undefined)
        if (id === undefined) return
        acknowledged.set(request.key, id)
      }
    })
    const goal = acknowledged.size + 50
    await expect.poll(() => acknowledged.size, { timeout: 20_000, interval: 5 }).toBeGreaterThan(goal)
    system.kill('SIGKILL')
    await Promise.all(clients)
  }

  await start()
  // Repeats each unanswered request and some answered ones with their keys: each request must be exactly one booking.
  for (const request of requests) {
    const before = acknowledged.get(request.key)
    if (before !== undefined && request.day % 10 !== 0) continue
    const again = await book(token, request)
    expect(before ?? again).toBe(again)
    acknowledged.set(request.key, again)
  }
  const ids = [...acknowledged.values()].sort()
  expect(new Set(ids).size).toBe(requests.length)
  await expect.poll(async () => (await allBookings(token)).sort(), { timeout: 20_000 }).toEqual(ids)
})

async function start(): Promise<void> {
  system = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  const died = once(system, 'exit').then(() => Promise.reject(new Error('the system ended')))
  died.catch(() => undefined)
  const ready = expect.poll(
    () =>
      fetch(`${origin}/readyz`).then(
        ({ status }) => status,
        () => 0,
      ),
    { timeout: 15_000 },
  )
  await Promise.race([ready.toBe(200), died])
}

/** Each request is for a flight on a different day, so that all can succeed. */
async function book(token: string, { key, day }: { key: string; day: number }): Promise<string> {
  const checkIn = new Date(Date.UTC(2030, 0, 1 + day)).toISOString().slice(0, 10)
  const answer = await fetch(`${origin}/v1/bookings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ listingId: 'FLIGHT456', checkIn, guests: 1 }),
  })
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { id: string }).id
}

async function allBookings(token: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const page = await fetch(`${origin}/v1/bookings?limit=100${cursor}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const { data, nextCursor } = (await page.json()) as {
      data: { id: string; status: string }[]
      nextCursor: string | null
    }
    ids.push(...data.map(({ id }) => id))
    if (!nextCursor) return ids
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}
