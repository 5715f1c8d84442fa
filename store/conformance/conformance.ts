/** One suite for every driver of the store: it checks the promises of `store.ts` and closes every store that it opens. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openingPromises } from './opening.ts'
import { patchPromises } from './patch.ts'
import { racePromises } from './race.ts'
import { replacePromises } from './replace.ts'
import { scanPromises } from './scan.ts'
import type { Collections, Doc, Store } from '../store.ts'

/** Options to open a store. Stores with the same `database` share documents; a new database is empty. */
export interface Opening {
  collections: Collections
  version?: number
  database: string
}

export type OpenStore = (opening: Opening) => Store | Promise<Store>

/** Abilities that a driver may lack. Each gap needs a reason, which the suite prints in place of the cases. */
export type Ability = 'reopening' | 'sharing'
export type Lacks = Partial<Record<Ability, string>>

/** One database of the suite. */
export interface TestDatabase {
  store: () => Store
  /** Closes every open store and opens the database again. */
  reopen: (opening?: Partial<Omit<Opening, 'database'>>) => Promise<Store>
  /** Opens the database a second time, as another process would. */
  openBeside: (opening?: Partial<Omit<Opening, 'database'>>) => Promise<Store>
}

/** The collections of the suite. A driver's test may prepare them. */
export const CONFORMANCE_COLLECTIONS = {
  things: {
    indexes: [['rank'], ['owner', 'rank'], ['owner', 'status', 'rank'], ['owner', '_id'], ['_id']],
  },
  others: {},
  receipts: { expires: 'until' },
} satisfies Collections

export const describeStore = (name: string, open: OpenStore, { lacks = {} }: { lacks?: Lacks } = {}): void => {
  describe(`the ${name} store`, () => {
    let database: string
    let stores: Store[]
    const store = (): Store => stores.at(-1)!
    const openBeside: TestDatabase['openBeside'] = async (opening) => {
      stores.push(await open({ collections: CONFORMANCE_COLLECTIONS, ...opening, database }))
      return store()
    }
    const closeAll = (): Promise<void[]> => Promise.all(stores.map((one) => one.close()))
    const reopen: TestDatabase['reopen'] = async (opening) => {
      await closeAll()
      return openBeside(opening)
    }
    const testDatabase = { store, reopen, openBeside }
    const needing = (ability: Ability, cases: () => void): void => {
      const reason = lacks[ability]
      if (reason === undefined) cases()
      else test.skip(`lacks ${ability}: ${reason}`, () => undefined)
    }

    beforeEach(async () => {
      database = `conformance-${randomUUID()}`
      stores = []
      await openBeside()
    })
    afterEach(closeAll)

    describe('documents', () => documentPromises(store))
    describe('a patch', () => patchPromises(store))
    describe('a race', () => racePromises(store))
    describe('a scan', () => scanPromises(store))
    describe('a replacement collection', () => replacePromises(testDatabase, needing))
    describe('opening', () => openingPromises(testDatabase, needing))
    describe('closing', () => closingPromises(store))
  })
}

export type Needing = (ability: Ability, cases: () => void) => void

/** Every type of JSON value, and names with a meaning in JavaScript, SQL or JSON. */
const full: Doc = {
  _id: 'O\'Reilly "quoted" /\\ ünïcødé 🛏',
  nothing: null,
  flags: [true, false],
  numbers: [0, -1, 0.1, 2 ** 53, -(2 ** 53), 1e-7],
  text: 'a\u0000b\n"c" \\ é 🛏',
  constructor: { toString: 'data', hasOwnProperty: 1, empty: {}, list: [[], [{}]] },
}

const documentPromises = (store: () => Store): void => {
  test('are returned as they were inserted', async () => {
    expect(await store().insert('things', full)).toBe(true)
    expect(await store().get('things', full['_id'])).toEqual(full)
  })

  test('that do not exist are returned as undefined', async () => {
    expect(await store().get('things', 'none')).toBeUndefined()
  })

  test('are inserted once per id; the first one stays', async () => {
    expect(await store().insert('things', { _id: 'a', n: 1 })).toBe(true)
    expect(await store().insert('things', { _id: 'a', n: 2 })).toBe(false)
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', n: 1 })
  })

  test('may have the same id in two collections', async () => {
    await store().insert('things', { _id: 'a', n: 1 })
    await store().insert('others', { _id: 'a', n: 2 })
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', n: 1 })
    expect(await store().get('others', 'a')).toEqual({ _id: 'a', n: 2 })
  })

  test('are copied when they are inserted and when they are read', async () => {
    const mine = { _id: 'a', list: [1] }
    const inserted = store().insert('things', mine)
    mine.list.push(2)
    await inserted
    const first = await store().get<typeof mine>('things', 'a')
    first!.list.push(3)
    expect(await store().get('things', 'a')).toEqual({ _id: 'a', list: [1] })
  })

  test('are found in bulk: each existing one once', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => store().insert('things', { _id: id })))
    const found = await store().getMany('things', ['c', 'none', 'a', 'c'])
    expect(found.map(({ _id: id }) => id).sort()).toEqual(['a', 'c'])
    expect(await store().getMany('things', [])).toEqual([])
  })

  test('are removed once', async () => {
    await store().insert('things', { _id: 'a' })
    expect(await store().remove('things', 'a')).toBe(true)
    expect(await store().remove('things', 'a')).toBe(false)
    expect(await store().get('things', 'a')).toBeUndefined()
  })

  test('stay until they expire', async () => {
    const until = Date.now() + 3_600_000
    await store().insert('receipts', { _id: 'a', until })
    await store().insert('receipts', { _id: 'without' })
    expect(await store().getMany('receipts', ['a', 'without'])).toHaveLength(2)
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a function', () => 1],
  ])('with %s inside are rejected, because JSON has no such value', async (_, value) => {
    const refused = { code: 'invalid' }
    await expect(store().insert('things', { _id: 'a', deep: [{ value }] })).rejects.toMatchObject(refused)
    await expect(store().patch('things', 'a', { set: [[['v'], value]], upsert: true })).rejects.toMatchObject(refused)
    expect(await store().get('things', 'a')).toBeUndefined()
  })

  test('need an id and a declared collection', async () => {
    await expect(store().insert('things', { _id: '' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(store().get('toString', 'a')).rejects.toMatchObject({ code: 'invalid' })
    await expect(store().insert('nowhere', { _id: 'a' })).rejects.toMatchObject({ code: 'invalid' })
  })
}

const closingPromises = (store: () => Store): void => {
  test('may happen twice; later calls reject with `closed`', async () => {
    await store().close()
    await store().close()
    const closed = { code: 'closed' }
    await expect(store().get('things', 'a')).rejects.toMatchObject(closed)
    await expect(store().getMany('things', ['a'])).rejects.toMatchObject(closed)
    await expect(store().insert('things', { _id: 'a' })).rejects.toMatchObject(closed)
    await expect(store().patch('things', 'a', { set: [[['n'], 1]] })).rejects.toMatchObject(closed)
    await expect(store().remove('things', 'a')).rejects.toMatchObject(closed)
    await expect(store().scan('things', { where: {}, order: { by: 'rank' }, limit: 1 })).rejects.toMatchObject(closed)
    await expect(store().createCollection('things-next', 'things')).rejects.toMatchObject(closed)
    await expect(store().replaceCollection('things-next', 'things')).rejects.toMatchObject(closed)
    await expect(store().dropCollection('things-next')).rejects.toMatchObject(closed)
  })

  test('settles pending writes', async () => {
    const writes = Array.from({ length: 50 }, (_, i) => store().insert('things', { _id: String(i) }))
    const settled = Promise.allSettled(writes)
    await store().close()
    expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(['fulfilled']))
  })
}
