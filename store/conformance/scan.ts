import { expect, test } from 'vitest'
import { MAX_SCAN, type Doc, type Query, type Store } from '../store.ts'

const ids = (docs: readonly Doc[]): string[] => docs.map(({ _id: id }) => id)

/** Sorted as a scan by `rank`: missing values and nulls, then numbers, then strings; ties by id. */
const ranked: Doc[] = [
  { _id: 'a-null', rank: null },
  { _id: 'b-missing' },
  { _id: 'c-null', rank: null },
  { _id: 'minus', rank: -1.5 },
  { _id: 'ten-a', rank: 10 },
  { _id: 'ten-b', rank: 10 },
  { _id: 'ten-c', rank: 10 },
  { _id: 'large', rank: 2 ** 53 },
  { _id: 'word', rank: 'B' },
  { _id: 'lower', rank: 'a' },
  { _id: 'accent', rank: 'é' },
]

export const scanPromises = (store: () => Store): void => {
  const insert = (docs: readonly Doc[]): Promise<unknown> =>
    Promise.all(docs.map((doc) => store().insert('things', doc)))

  const pages = async (query: Query, between?: (docs: Doc[]) => Promise<unknown>): Promise<string[]> => {
    const found: string[] = []
    for (let cursor = query.cursor; found.length < 100;) {
      const { docs, next } = await store().scan('things', cursor === undefined ? query : { ...query, cursor })
      expect(docs.length).toBeLessThanOrEqual(query.limit)
      found.push(...ids(docs))
      if (next === undefined) return found
      expect(docs).toHaveLength(query.limit)
      cursor = next
      await between?.(docs)
    }
    throw new Error(`the scan does not end: ${found.join()}`)
  }

  test.each([1, 2, 3, 4, 11, 100])('in pages of %i returns every document once, in either order', async (limit) => {
    await insert(ranked.toReversed())
    expect(await pages({ where: {}, order: { by: 'rank' }, limit })).toEqual(ids(ranked))
    const descending = { by: 'rank', descending: true }
    expect(await pages({ where: {}, order: descending, limit })).toEqual(ids(ranked.toReversed()))
  })

  test('returns whole documents', async () => {
    await insert(ranked)
    const { docs } = await store().scan('things', { where: {}, order: { by: 'rank' }, limit: 100 })
    expect(docs).toEqual(ranked)
  })

  test('of an empty collection is one empty page', async () => {
    expect(await store().scan('things', { where: {}, order: { by: 'rank' }, limit: 1 })).toEqual({ docs: [] })
  })

  test('has no next page after a full last page', async () => {
    await insert(ranked)
    const query = { where: {}, order: { by: 'rank' }, limit: ranked.length }
    expect(await store().scan('things', query)).not.toHaveProperty('next')
  })

  test('orders by id alone if such an index is declared', async () => {
    await insert(ranked.map((doc, i) => ({ ...doc, owner: i % 2 ? 'odd' : 'even' })))
    const sorted = ids(ranked).sort()
    expect(await pages({ where: {}, order: { by: '_id' }, limit: 3 })).toEqual(sorted)
    expect(await pages({ where: {}, order: { by: '_id', descending: true }, limit: 3 })).toEqual(sorted.toReversed())
    const odd = ids(ranked.filter((_, i) => i % 2)).sort()
    expect(await pages({ where: { owner: 'odd' }, order: { by: '_id' }, limit: 2 })).toEqual(odd)
  })

  test('returns the documents that match all values', async () => {
    await insert([
      { _id: '1', owner: 'o', status: 'open', rank: 2 },
      { _id: '2', owner: 'o', status: 'open', rank: 1 },
      { _id: '3', owner: 'o', status: 'shut', rank: 0 },
      { _id: '4', owner: 'p', status: 'open', rank: 0 },
      { _id: '5', owner: ['o'], rank: 0, status: 'other' },
    ])
    expect(await pages({ where: { owner: 'o' }, order: { by: 'rank' }, limit: 2 })).toEqual(['3', '2', '1'])
    expect(await pages({ where: { status: 'open', owner: 'o' }, order: { by: 'rank' }, limit: 1 })).toEqual(['2', '1'])
  })

  test('distinguishes values by type, but not null from missing', async () => {
    const owners = [1, '1', true, 'true', false, 0, null, 'null', 'it\'s "é" \\']
    await insert(owners.map((owner, i) => ({ _id: `owner ${i}`, owner })))
    await insert([{ _id: 'without' }])
    for (const [i, owner] of owners.entries()) {
      const expected = owner === null ? [`owner ${i}`, 'without'] : [`owner ${i}`]
      expect(await pages({ where: { owner }, order: { by: 'rank' }, limit: 10 })).toEqual(expected)
    }
  })

  test('counts the documents that match all values, by type and without arrays', async () => {
    const values = [1, '1', true, null, 'o', 'o', ['o']]
    await insert(values.map((owner, i) => ({ _id: `v${i}`, owner, status: i % 2 ? 'odd' : 'even' })))
    await insert([{ _id: 'without' }])
    const count = (where: Query['where']) => store().count('things', where)
    expect(await Promise.all([1, '1', true, null, 'o', 'x'].map((owner) => count({ owner })))).toEqual([
      1, 1, 1, 2, 2, 0,
    ])
    expect(await count({ status: 'odd', owner: 'o' })).toBe(1)
    expect(await count({})).toBe(values.length + 1)
  })

  test('counts more documents than a page may have', async () => {
    await insert(Array.from({ length: MAX_SCAN + 1 }, (_, i) => ({ _id: `n${i}`, owner: 'o' })))
    expect(await store().count('things', { owner: 'o' })).toBe(MAX_SCAN + 1)
  })

  test('rejects a count by a field without an index', async () => {
    await expect(store().count('things', { color: 'red' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(store().count('things', { status: 'open' })).rejects.toMatchObject({ code: 'invalid' })
  })

  test('is not disturbed by concurrent inserts and removals', async () => {
    const numbered = Array.from({ length: 20 }, (_, i) => ({ _id: `d${10 + i}`, rank: 10 + i }))
    await insert(numbered)
    const found = await pages({ where: {}, order: { by: 'rank' }, limit: 3 }, async (docs) => {
      const [first, last] = [docs[0]!, docs.at(-1)!]
      await store().remove('things', first['_id'])
      await insert([
        { _id: `behind ${last['_id']}`, rank: 1 },
        { _id: `ahead of ${last['_id']}`, rank: Number(last['rank']) + 0.01 },
      ])
    })
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(expect.arrayContaining(ids(numbered)))
    expect(found.filter((id) => id.startsWith('behind'))).toEqual([])
    expect(found).toContain('ahead of d12')
  })

  test.each<[string, Partial<Query>]>([
    ['filters by a field without an index', { where: { color: 'red' } }],
    ['orders by a field without an index', { order: { by: 'color' } }],
    ['omits an index field that precedes the order', { where: { status: 'open' } }],
    ['has a limit of 0', { limit: 0 }],
    ['has a fractional limit', { limit: 1.5 }],
    ['has a limit above the maximum', { limit: MAX_SCAN + 1 }],
    ['has an empty cursor', { cursor: '' }],
    ['has a malformed cursor', { cursor: 'gibberish' }],
    ['has a cursor of another shape', { cursor: Buffer.from('{"a":1}').toString('base64url') }],
    ['has a cursor of another order', { cursor: Buffer.from('["-rank",1,"a"]').toString('base64url') }],
    ['has a cursor in another alphabet', { cursor: Buffer.from('["rank","?>?>","a"]').toString('base64') }],
  ])('is rejected if it %s', async (_, odd) => {
    const query = { where: {}, order: { by: 'rank' }, limit: 1, ...odd }
    await expect(store().scan('things', query)).rejects.toMatchObject({ code: 'invalid' })
  })
}
