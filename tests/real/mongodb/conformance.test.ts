/** The promises of the port on MongoDB, and comparison with the embedded store. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { describeStore } from '#store/conformance/conformance.ts'
import { StoreError, type Change, type Condition, type Doc, type Page, type Store } from '#store/store.ts'
import { describeMongodb } from './describe-mongodb.ts'

/** Long, because the Mongo-wire server is slow under contention and time is not under test. */
const PATIENT_MS = 30_000

describeMongodb('The port on MongoDB', ({ uri, newDatabase }) => {
  const databases = new Map<string, string>()
  const databaseOf = (name: string): string => databases.get(name) ?? databases.set(name, newDatabase()).get(name)!
  describeStore('MongoDB', ({ database, ...opening }) =>
    openMongodbStore({
      uri,
      ...opening,
      database: databaseOf(database),
      timeoutMs: PATIENT_MS,
      report: () => undefined,
    }),
  )
})

const ORDERS = [['rank'], ['owner', 'rank']]
const collections = { things: { indexes: ORDERS }, receipts: { expires: 'until' } }

describeMongodb('The store on MongoDB', ({ uri, newDatabase }) => {
  let mongodb: Store
  let embedded: Store
  beforeAll(async () => {
    mongodb = await openMongodbStore({ uri, collections, database: newDatabase(), timeoutMs: PATIENT_MS })
    embedded = openEmbeddedStore({ file: ':memory:', collections, sweepMs: 3_600_000 })
  })
  afterAll(() => Promise.all([mongodb.close(), embedded.close()]))

  /** The result of a call, or the code of its error. */
  const outcome = async (call: Promise<unknown>): Promise<unknown> => {
    try {
      return await call
    } catch (error) {
      if (error instanceof StoreError) return error.code
      throw error
    }
  }

  let ids = 0
  const alike = async (call: (store: Store, id: string) => Promise<unknown>): Promise<void> => {
    const id = `d${ids++}`
    const [one, other] = await Promise.all([call(mongodb, id), call(embedded, id)])
    expect(one).toEqual(other)
  }

  const value = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  const word = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())

  test('returns every JSON document like the embedded store', async () => {
    const odd = fc.constantFrom('$ref', '$id', 'a.b', '$set', '_expires', '0', '', 'constructor', 'toString')
    const key = fc.oneof(odd, word)
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 3 }, value, word, fc.dictionary(key, tie('json')), fc.array(tie('json'))),
    }))
    await fc.assert(
      fc.asyncProperty(json, async (json) => {
        const usable = !JSON.stringify(json).includes('\\u0000')
        fc.pre(usable)
        await alike(async (store, id) => [
          await store.insert('things', { _id: id, json }),
          await store.get('things', id),
        ])
      }),
    )
  })

  /** Few keys, so that changes hit existing values; among them are array indexes. */
  const key = fc.constantFrom('a', 'b', '0', 'until')
  const path = fc.array(key, { minLength: 1, maxLength: 3 })
  const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  const single = fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 2 }), fc.boolean(), fc.constantFrom('', 'x'))
  const { inside } = fc.letrec((tie) => ({
    inside: fc.oneof(
      { maxDepth: 3 },
      single,
      fc.dictionary(key, tie('inside'), { maxKeys: 3 }),
      fc.array(tie('inside'), { maxLength: 2 }),
    ),
  }))
  const change: fc.Arbitrary<Change> = fc.record(
    {
      set: fc.array(fc.tuple(path, inside), { maxLength: 2 }),
      inc: fc.array(fc.tuple(path, fc.integer({ min: -5, max: 5 })), { maxLength: 1 }),
      max: fc.array(fc.tuple(path, number), { maxLength: 1 }),
      unset: fc.array(path, { maxLength: 1 }),
      upsert: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const when: fc.Arbitrary<Condition | undefined> = fc.oneof(
    fc.constant(undefined),
    fc.record({ path, is: single }),
    fc.record({ path, below: fc.integer({ min: -2, max: 2 }) }),
  )
  const step = fc.record({ change, when })

  test.each(['things', 'receipts'])('patches %s like the embedded store', async (name) => {
    const start = fc.option(fc.dictionary(key, inside), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(start, fc.array(step, { minLength: 1, maxLength: 6 }), async (start, steps) => {
        await alike(async (store, id) => {
          const seen: unknown[] = []
          if (start) seen.push(await store.insert(name, { ...start, _id: id }))
          for (const { change, when } of steps) {
            seen.push(await outcome(store.patch(name, id, change, when)), await store.get(name, id))
          }
          return seen
        })
      }),
      { numRuns: 40 },
    )
  })

  test('scans like the embedded store, with strings ordered by bytes', async () => {
    const rank = fc.oneof(
      single.filter((value) => typeof value !== 'boolean'),
      word,
      fc.integer(),
      fc.constant('🛏'),
    )
    const docs = fc.array(fc.record({ rank }, { requiredKeys: [] }), { maxLength: 12 })
    let owners = 0
    await fc.assert(
      fc.asyncProperty(docs, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (docs, descending, limit) => {
        const owner = owners++
        const query = { where: { owner }, order: { by: 'rank', descending }, limit }
        await alike(async (store) => {
          const inserted = docs.map((doc, i) => store.insert('things', { ...doc, owner, _id: `${owner}-${i}` }))
          await Promise.all(inserted)
          const pages: Page<Doc>[] = [await store.scan('things', query)]
          for (let cursor = pages[0]!.next; cursor !== undefined; cursor = pages.at(-1)!.next) {
            pages.push(await store.scan('things', { ...query, cursor }))
          }
          return pages
        })
      }),
      { numRuns: 25 },
    )
  })

  test.each([
    ['a key with a NUL byte', { 'a\u0000b': 1 }],
    ['an object that the driver would take for a BSON value', { _bsontype: 'ObjectId' }],
    ['more than the maximum document size', { text: 'x'.repeat(17 * 2 ** 20) }],
  ])('rejects a document with %s but not the concurrent writes', async (_, odd) => {
    const { rejected, done } = outcomesOf(
      await Promise.allSettled([
        mongodb.insert('things', { _id: 'before' }),
        mongodb.insert('things', { _id: 'odd', odd }),
        mongodb.patch('things', 'odd', { set: [[['odd'], odd]], upsert: true }),
        mongodb.patch('things', 'after', { set: [[['n'], 1]], upsert: true }),
      ]),
    )
    expect(rejected).toEqual(['invalid', 'invalid'])
    expect(done).toEqual([true, true])
    expect(await mongodb.get('things', 'odd')).toBeUndefined()
    await Promise.all([mongodb.remove('things', 'before'), mongodb.remove('things', 'after')])
  })

  test('has one winner of 50 compare-and-set patches and applies each of 50 upserts', async () => {
    await mongodb.insert('things', { _id: 'race', rev: 0 })
    const all = Array.from({ length: 50 }, (_, i) => i)
    const won = await Promise.all(
      all.map((by) =>
        mongodb.patch(
          'things',
          'race',
          {
            set: [
              [['by'], by],
              [['rev'], 1],
            ],
          },
          { path: ['rev'], is: 0 },
        ),
      ),
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await mongodb.get('things', 'race')).toEqual({ _id: 'race', rev: 1, by: won.indexOf(true) })
    const change: Change = { inc: [[['n', 'of'], 1]], max: [[['most'], 7]], upsert: true }
    expect(await Promise.all(all.map(() => mongodb.patch('things', 'all', change)))).not.toContain(false)
    expect(await mongodb.get('things', 'all')).toEqual({ _id: 'all', n: { of: 50 }, most: 7 })
  })
})

const outcomesOf = (settled: PromiseSettledResult<unknown>[]): { rejected: unknown[]; done: unknown[] } => ({
  rejected: settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as StoreError).code] : [])),
  done: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
})
