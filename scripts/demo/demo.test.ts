import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boardLines, emptyBoard, note, summaryOf } from './board.ts'
import { DEMO_LISTINGS } from '#processor/upkeep/demo-listings.ts'
import { type Chance, planLater, planMove } from './plan.ts'
import { ROOT, run, type Target, startTarget } from '../testing/target.ts'
import { devKeys } from '../dev/keys.ts'
import type { Happened } from './traffic.ts'
import type { Paint } from '../terminal/terminal.ts'

/** The same sequence each time. */
function chanceFrom(seed: number): Chance {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

const stay = DEMO_LISTINGS.find(({ kind }) => kind === 'stay')!
const flight = DEMO_LISTINGS.find(({ kind }) => kind === 'flight')!

const kindOf = ({ listingId }: { listingId: string }) => DEMO_LISTINGS.find(({ id }) => id === listingId)!.kind

describe('the plan', () => {
  const chance = chanceFrom(7)
  const moves = Array.from({ length: 600 }, (_, i) => planMove(i + 1, DEMO_LISTINGS, chance, '2030-01-01'))

  test('requests every listing, on future days, within its limits', () => {
    expect(new Set(moves.map(({ body }) => body.listingId)).size).toBe(DEMO_LISTINGS.length)
    for (const { body } of moves) {
      const { kind, maxGuests } = DEMO_LISTINGS.find(({ id }) => id === body.listingId)!
      expect(body.guests).toBeLessThanOrEqual(maxGuests)
      expect(body.checkIn > '2030-01-01').toBe(true)
      if (kind === 'flight') expect(body).not.toHaveProperty('checkOut')
      else expect(body.checkOut! > body.checkIn).toBe(true)
    }
  })

  test('pays for the listings that need a payment, and has some payments declined', () => {
    const methods = (kind: string) =>
      new Set(moves.filter(({ body }) => kindOf(body) === kind).map(({ body }) => body.paymentMethod))
    const paid = ['pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_insufficientFunds']
    for (const kind of ['flight', 'hotel', 'car']) expect(methods(kind)).toEqual(new Set(paid))
    expect(methods('stay')).toEqual(new Set([undefined]))
  })

  test('has races of several travelers for one stay', () => {
    const races = moves.filter(({ travelers }) => travelers.length > 1)
    expect(races).toHaveLength(50)
    for (const { travelers, body } of races) {
      expect(new Set(travelers).size).toBe(travelers.length)
      expect(DEMO_LISTINGS.find(({ id }) => id === body.listingId)).toMatchObject({ kind: 'stay' })
    }
  })

  test('lets owners decide pending bookings by their policy, and travelers cancel some others', () => {
    const laters = (...args: Parameters<typeof planLater>) =>
      new Set(Array.from({ length: 200 }, () => planLater(...args)?.does))
    expect(laters('pending', stay, chance)).toEqual(new Set(['accept', 'reject']))
    expect(laters('confirmed', stay, chance)).toEqual(new Set(['cancel', undefined]))
    expect(laters('pending', flight, chance)).toEqual(new Set(['cancel', undefined]))
    expect(laters('rejected', stay, chance)).toEqual(new Set([undefined]))
  })
})

describe('the table', () => {
  const plain: Paint = (_, text) => text
  const happened: Happened = {
    time: '2030-01-01T10:00:00.000Z',
    who: 'traveler-1',
    does: 'request',
    listing: 'City loft',
    days: '2030-02-01 to 2030-02-03',
    status: 201,
    result: 'pending',
    bookingId: 'b-1',
    ms: 12,
  }
  const lost: Happened = { ...happened, status: 409, result: 'dates_unavailable', bookingId: null, ms: 20 }

  test('counts by result, and shows the latest first', () => {
    const board = emptyBoard()
    for (const each of [happened, happened, { ...lost, race: 12, who: 'traveler-10' }]) note(board, each)
    expect(boardLines(board, 'title', 2, plain)).toEqual([
      'title',
      '',
      '       2  pending',
      '       1  dates unavailable',
      '',
      '       3  answers, half of them within 12 ms, 99 % within 20 ms',
      '       1  race of several travelers for the same nights: none booked twice',
      '',
      '  10:00:00  dates unavailable    20 ms  race     traveler-10  City loft  2030-02-01 to 2030-02-03',
      '  10:00:00  pending              12 ms  request  traveler-1   City loft  2030-02-01 to 2030-02-03',
    ])
  })

  test('shows result and latency within 80 columns, also with long names', () => {
    const board = emptyBoard()
    const long = { result: 'booking_already_decided', ms: 12_345, who: 'demo-traveler-12', listing: 'x'.repeat(200) }
    note(board, { ...happened, ...long })
    const line = boardLines(board, 'title', 1, plain).at(-1)!
    expect(line.slice(0, 80)).toContain('booking already decided  12345 ms  request  demo-traveler-12')
  })

  test('has no latencies before the first response', () => {
    const lines = boardLines(emptyBoard(), 'title', 1, plain).join('\n')
    expect(lines).toContain('no answers yet')
    expect(lines).not.toContain(' ms')
  })

  test('reports a race that two travelers have won', () => {
    const board = emptyBoard()
    for (const each of [happened, lost, happened]) note(board, { ...each, race: 24 })
    expect(summaryOf(board)).toMatchObject({ races: 1, bookedTwice: 1 })
    expect(boardLines(board, 'title', 2, plain).join('\n')).toContain('1 booked twice')
  })
})

describe('npm run demo', () => {
  let target: Target
  beforeAll(async () => {
    target = await startTarget()
  })
  afterAll(() => target.close())

  test('sends requests for the given time, then prints a summary', async () => {
    const { out, err, ended } = run('demo.ts', ['--rate', '20', '--seconds', '4'], target.env)
    expect(await ended).toBe(0)
    expect(err()).toBe('')
    const lines = linesOf(out())
    const { summary } = lines.pop() as { summary: ReturnType<typeof summaryOf> }
    expect(summary).toMatchObject({ happened: lines.length, bookedTwice: 0 })
    expect(summary.races).toBeGreaterThan(0)
    expect(Object.keys(summary.results)).toEqual(expect.arrayContaining(['pending', 'confirmed']))
    expect(lines.map(({ status }) => status)).not.toContain(0)
  })

  test('books only its own listings, as its own travelers', async () => {
    const { sign } = await devKeys(ROOT)
    const admin = { Authorization: `Bearer ${await sign({ role: 'admin', sub: 'admin-1' })}` }
    const response = await fetch(`${target.origin}/v1/bookings?limit=100`, { headers: admin })
    const { data } = (await response.json()) as { data: { ownerId: string; travelerId: string }[] }
    expect(data.length).toBeGreaterThan(0)
    for (const { ownerId, travelerId } of data) {
      expect(ownerId).toBe('demo-owner')
      expect(travelerId).toMatch(/^demo-traveler-/)
    }
  })

  test('ends at Ctrl-C, with the summary', async () => {
    const { child, out, ended } = run('demo.ts', [], target.env)
    await expect.poll(out, { timeout: 15_000 }).toContain('"pending"')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(linesOf(out()).at(-1)).toHaveProperty('summary')
  })

  test.each<[string, string[], Record<string, string>, number, string]>([
    [
      'where nothing runs',
      [],
      { EDGE_PORT: '9' },
      1,
      'Nothing answers at http://localhost:9: run npm start in another',
    ],
    ['at an invalid rate', ['--rate', 'fast'], {}, 2, '--rate must be a number from 0.1 to 100, not fast.'],
    ['with invalid settings', [], { EDGE_PORT: 'x' }, 1, 'EDGE_PORT'],
  ])('%s prints the reason', async (_, args, env, code, sentence) => {
    const { err, ended } = run('demo.ts', args, { ...target.env, ...env })
    expect(await ended).toBe(code)
    expect(err()).toContain(sentence)
    expect(err()).not.toContain('    at ')
  })

  const linesOf = (text: string): Record<string, unknown>[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
})
