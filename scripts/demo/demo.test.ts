import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boardLines, emptyBoard, note, summaryOf } from './board.ts'
import { DEMO_LISTINGS } from '#processor/upkeep/demo-listings.ts'
import { type Chance, planLater, planMove } from './plan.ts'
import { run, type Scene, startScene } from './scene.ts'
import type { Happened } from './traffic.ts'
import type { Paint } from '../terminal/terminal.ts'

/** The same each time. */
function chanceFrom(seed: number): Chance {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

const stay = DEMO_LISTINGS.find(({ kind }) => kind === 'stay')!
const flight = DEMO_LISTINGS.find(({ kind }) => kind === 'flight')!

describe('the plan', () => {
  const chance = chanceFrom(7)
  const moves = Array.from({ length: 600 }, (_, i) => planMove(i + 1, DEMO_LISTINGS, chance, '2030-01-01'))

  test('asks for every listing, in days to come, as it can be asked for', () => {
    expect(new Set(moves.map(({ wish }) => wish.listingId)).size).toBe(DEMO_LISTINGS.length)
    for (const { wish } of moves) {
      const { kind, maxGuests } = DEMO_LISTINGS.find(({ id }) => id === wish.listingId)!
      expect(wish.guests).toBeLessThanOrEqual(maxGuests)
      expect(wish.checkIn > '2030-01-01').toBe(true)
      if (kind === 'flight') expect(wish).not.toHaveProperty('checkOut')
      else expect(wish.checkOut! > wish.checkIn).toBe(true)
    }
  })

  test('has a race now and then: several travelers, one stay', () => {
    const races = moves.filter(({ travelers }) => travelers.length > 1)
    expect(races).toHaveLength(50)
    for (const { travelers, wish } of races) {
      expect(new Set(travelers).size).toBe(travelers.length)
      expect(DEMO_LISTINGS.find(({ id }) => id === wish.listingId)).toMatchObject({ kind: 'stay' })
    }
  })

  test('lets owners decide what is pending where owners decide, and travelers cancel some of the rest', () => {
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
      '  10:00:00.000  traveler-10  race     City loft  2030-02-01 to 2030-02-03  dates unavailable     20 ms',
      '  10:00:00.000  traveler-1   request  City loft  2030-02-01 to 2030-02-03  pending               12 ms',
    ])
  })

  test('would tell of a race that two have won', () => {
    const board = emptyBoard()
    for (const each of [happened, lost, happened]) note(board, { ...each, race: 24 })
    expect(summaryOf(board)).toMatchObject({ races: 1, bookedTwice: 1 })
    expect(boardLines(board, 'title', 2, plain).join('\n')).toContain('1 booked twice')
  })
})

describe('npm run demo', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await startScene()
  })
  afterAll(() => scene.close())

  test('makes traffic for as long as it was told, then sums it up', async () => {
    const { out, err, ended } = run('demo.ts', ['--rate', '20', '--seconds', '4'], scene.env)
    expect(await ended).toBe(0)
    expect(err()).toBe('')
    const lines = linesOf(out())
    const { summary } = lines.pop() as { summary: ReturnType<typeof summaryOf> }
    expect(summary).toMatchObject({ happened: lines.length, bookedTwice: 0 })
    expect(summary.races).toBeGreaterThan(0)
    expect(Object.keys(summary.results)).toEqual(expect.arrayContaining(['pending', 'confirmed']))
    expect(lines.map(({ status }) => status)).not.toContain(0)
  })

  test('ends by Ctrl-C, with the summary', async () => {
    const { child, out, ended } = run('demo.ts', [], scene.env)
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
  ])('%s says so', async (_, args, env, code, sentence) => {
    const { err, ended } = run('demo.ts', args, { ...scene.env, ...env })
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
