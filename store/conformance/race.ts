import { expect, test } from 'vitest'
import type { Store } from '../store.ts'

const WRITERS = 20
const ROUNDS = 25

const all = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)))

export const racePromises = (store: () => Store): void => {
  test('for one condition has one winner, whose change alone is stored', async () => {
    await store().insert('things', { _id: 'a', rev: 0 })
    for (let rev = 0; rev < ROUNDS; rev++) {
      const won = await all(WRITERS, (by) =>
        store().patch('things', 'a', { set: [[['by'], by]], inc: [[['rev'], 1]] }, { path: ['rev'], is: rev }),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await store().get('things', 'a')).toEqual({ _id: 'a', rev: rev + 1, by: won.indexOf(true) })
    }
  })

  test('of compare-and-set loops loses no update', async () => {
    await store().insert('things', { _id: 'a', rev: 0, seen: {} })
    const increment = async (writer: number): Promise<void> => {
      const { rev } = (await store().get<{ _id: string; rev: number }>('things', 'a'))!
      const set = [[['rev'], rev + 1] as const, [['seen', `w${writer}`], true] as const]
      if (!(await store().patch('things', 'a', { set }, { path: ['rev'], is: rev }))) await increment(writer)
    }
    await all(WRITERS, increment)
    const doc = await store().get<{ _id: string; rev: number; seen: object }>('things', 'a')
    expect(doc!.rev).toBe(WRITERS)
    expect(Object.keys(doc!.seen)).toHaveLength(WRITERS)
  })

  test('of inserts of one id has one winner', async () => {
    const won = await all(WRITERS, (by) => store().insert('things', { _id: 'a', by }))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', by: won.indexOf(true) })
  })

  test('of upserts of one id applies each of them', async () => {
    const counted = await all(WRITERS, () => store().patch('things', 'a', { inc: [[['n'], 1]], upsert: true }))
    expect(counted).toEqual(Array.from({ length: WRITERS }, () => true))
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', n: WRITERS })
  })

  test('of conditional upserts of a missing document has one winner', async () => {
    const won = await all(WRITERS, (by) =>
      store().patch('things', 'a', { set: [[['by'], by]], upsert: true }, { path: ['by'], is: null }),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', by: won.indexOf(true) })
  })

  test('of many inserts and upserts returns to each whether it was done', async () => {
    await all(WRITERS, (i) => store().insert('things', { _id: String(i * 3), rev: 5 }))
    const inserted = await all(WRITERS * 3, (i) => store().insert('things', { _id: String(i), rev: i }))
    expect(inserted).toEqual(inserted.map((_, i) => i % 3 !== 0))
    const raise = (i: number) =>
      store().patch('things', String(i), { set: [[['rev'], 10]], upsert: true }, { path: ['rev'], below: 10 })
    const raised = await all(WRITERS * 4, raise)
    expect(raised).toEqual(raised.map((_, i) => i % 3 === 0 || i < 10 || i >= WRITERS * 3))
  })

  test('with one failing write applies the others', async () => {
    await store().insert('things', { _id: 'word', n: 'not a number' })
    const ids = ['x', 'word', 'y']
    const results = await Promise.allSettled(
      ids.map((id) => store().patch('things', id, { inc: [[['n'], 1]], upsert: true })),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await store().getMany('things', ['x', 'y'])).toHaveLength(2)
  })

  test('of a write and a later read shows the write', async () => {
    const seen = await all(WRITERS, async (i) => {
      await store().insert('things', { _id: String(i), owner: 'o', rank: i })
      const { docs } = await store().scan('things', { where: { owner: 'o' }, order: { by: 'rank' }, limit: 100 })
      return docs.some(({ _id: id }) => id === String(i))
    })
    expect(seen).not.toContain(false)
  })
}
