/** The start of a store on existing, invalid and unreachable databases. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { SCHEMA } from '#processor/collections.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { openStore } from '#store/open.ts'
import type { Change, Doc } from '#store/store.ts'
import { describeMongodb } from './describe-mongodb.ts'

const collections = {
  things: { indexes: [['rank'], ['owner', 'rank'], ['_id']] },
  receipts: { expires: 'until' },
}

describeMongodb('A start on MongoDB', ({ uri, raw, newDatabase }) => {
  /** Each index as its fields in order and its options. */
  const indexes = async (database: string, name: string): Promise<string[]> => {
    const all = await raw.db(database).collection(name).listIndexes().toArray()
    return all.map(({ key, unique, expireAfterSeconds: after }) => {
      const fields = Object.keys(key as object).join()
      return `${fields}${unique ? ' unique' : ''}${after === undefined ? '' : ` expires after ${after} s`}`
    })
  }

  /** The URI with a database name. */
  const at = (database: string): string => {
    const named = new URL(uri)
    named.pathname = `/${database}`
    if (named.username && !named.searchParams.has('authSource')) named.searchParams.set('authSource', 'admin')
    return named.href
  }

  test('creates the declared indexes once when several stores start at the same moment', async () => {
    const database = newDatabase()
    const reports: string[] = []
    const open = () => openMongodbStore({ uri, collections, database, report: (text) => reports.push(text) })
    const stores = [...(await Promise.all([open(), open(), open()])), await open()]
    await Promise.all(stores.map((store) => store.close()))
    expect((await indexes(database, 'things')).sort()).toEqual(['_id', 'owner,rank,_id', 'rank,_id'])
    expect((await indexes(database, 'receipts')).sort()).toEqual(['_expires expires after 0 s', '_id'])
    expect(reports).toEqual([])
  })

  test('reports the indexes that differ, and drops none', async () => {
    const database = newDatabase()
    const found = raw.db(database)
    await found.collection('things').createIndex({ rank: 1, _id: 1 }, { name: 'ours', unique: true })
    await found.collection('things').createIndex({ _id: 1, rank: 1 }, { name: 'turned' })
    await found.collection('receipts').createIndex({ _expires: 1 }, { name: 'later', expireAfterSeconds: 60 })
    const reports: string[] = []
    const store = await openMongodbStore({ uri, collections, database, report: (text) => reports.push(text) })
    await store.close()
    expect(reports.sort()).toEqual([
      'receipts: the index later is expireAfterSeconds 60, not expireAfterSeconds 0; drop it and start again',
      'things: the index ours is unique true, not plain; drop it and start again',
      'things: the index turned is not declared; drop it if no other program needs it',
    ])
    const things = ['_id', '_id,rank', 'owner,rank,_id', 'rank,_id unique']
    expect((await indexes(database, 'things')).sort()).toEqual(things)
    expect(await indexes(database, 'receipts')).toContain('_expires expires after 60 s')
  })

  test('uses the database that the URI names', async () => {
    const database = newDatabase()
    const store = await openMongodbStore({ uri: at(database), collections })
    await store.insert('things', { _id: 'a' })
    await store.close()
    expect(await raw.db(database).collection('things').countDocuments()).toBe(1)
  })

  test('migrates a database of the first version once, however many processes start at the same moment', async () => {
    const database = newDatabase()
    const db = raw.db(database)
    const event = (seq: number) => ({ id: `c${seq}:0`, seq })
    const empty = { listing: null, bookings: {} }
    await db
      .collection<Doc>('calendars')
      .insertOne({ _id: 'l1', ...empty, rev: 3, recorded: { 2: event(2), 1: event(1) } })
    await db.collection<Doc>('properties').insertOne({ _id: 'l1', name: 'Beach house', withdrawn: false })
    const open = () => openStore({ MONGODB_URI: at(database), DATA_DIR: '' }, SCHEMA)
    const stores = [...(await Promise.all([open(), open(), open()])), await open()]
    for (const store of stores) {
      const document = { _id: 'l1', ...empty, rev: 3, recorded: [event(1), event(2)], hasArchived: true, blocks: {} }
      expect(await store.get('listing_documents', 'l1')).toEqual(document)
      const query = { where: { withdrawn: false }, order: { by: 'name' }, limit: 2 }
      expect((await store.scan('listings', query)).docs).toHaveLength(1)
    }
    await Promise.all(stores.map((store) => store.close()))
    const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
    expect(names.filter((name) => ['calendars', 'properties'].includes(name))).toEqual([])
    expect(await db.collection<Doc>('schema').findOne()).toEqual({ _id: 'version', version: SCHEMA.version })
  })

  test('rejects a database of a newer version and changes nothing', async () => {
    const database = newDatabase()
    await raw
      .db(database)
      .collection<Doc>('schema')
      .insertOne({ _id: 'version', version: SCHEMA.version + 1 })
    await expect(openStore({ MONGODB_URI: at(database), DATA_DIR: '' }, SCHEMA)).rejects.toThrow(
      `the database ${database} was written by a newer Reservoir (version ${SCHEMA.version + 1}; this Reservoir knows versions 1 to ${SCHEMA.version}): ` +
        'update Reservoir, or set MONGODB_URI to another database',
    )
    expect(await raw.db(database).listCollections({}, { nameOnly: true }).toArray()).toHaveLength(1)
  })

  test.each<[string, Change, number | undefined]>([
    ['set', { set: [[['until'], 2_000]] }, 2_000],
    ['set to a value that is not a number', { set: [[['until'], 'never']] }, undefined],
    ['counted up', { inc: [[['until'], 500]] }, 1_500],
    ['kept at the larger number', { max: [[['until'], 900]] }, 1_000],
    ['raised', { max: [[['until'], 1_900]] }, 1_900],
    ['unset', { unset: [['until']] }, undefined],
    ['set to a fraction', { set: [[['until'], 1_700.5]] }, 1_701],
    ['set beyond the range of dates', { set: [[['until'], 2 ** 53]] }, 253_402_300_799_999],
    ['unchanged', { set: [[['n'], 1]] }, 1_000],
  ])('keeps the expiry date in step with a field that is %s', async (_, change, expected) => {
    // From the year 3000 on, so that no document expires during the test.
    const base = Date.UTC(3000, 0)
    const later = (value: unknown): unknown => (typeof value === 'number' && value < 2 ** 50 ? base + value : value)
    const shifted: Change = {
      ...change,
      set: change.set?.map(([path, value]) => [path, path[0] === 'until' ? later(value) : value] as const),
      max: change.max?.map(([path, value]) => [path, base + value] as const),
    }
    const database = newDatabase()
    const store = await openMongodbStore({ uri, collections, database })
    await store.insert('receipts', { _id: 'a', until: base + 1_000 })
    expect(await store.patch('receipts', 'a', shifted)).toBe(true)
    const [shown] = await store.getMany('receipts', ['a'])
    await store.close()
    const kept = await raw.db(database).collection<Doc>('receipts').findOne({ _id: 'a' })
    const date = kept?.['_expires'] as Date | undefined
    expect(date?.getTime()).toBe(expected === undefined || expected > 2 ** 47 ? expected : base + expected)
    expect(shown).not.toHaveProperty('_expires')
  })

  test('rejects changes to its own field', async () => {
    const store = await openMongodbStore({ uri, collections, database: newDatabase() })
    const invalid = { code: 'invalid', message: 'The field _expires is reserved in a collection with an expiry.' }
    await expect(store.insert('receipts', { _id: 'a', _expires: 1 })).rejects.toMatchObject(invalid)
    await expect(store.patch('receipts', 'a', { set: [[['_expires'], 1]] })).rejects.toMatchObject(invalid)
    expect(await store.insert('things', { _id: 'a', _expires: 1 })).toBe(true)
    expect(await store.get('things', 'a')).toEqual({ _id: 'a', _expires: 1 })
    await store.close()
  })

  test('fails with a wrong name or password', async () => {
    const wrong = new URL(uri)
    wrong.username = 'nobody'
    wrong.password = 'sec%40ret'
    const error = await refusal(wrong.href)
    expect(error.message).toBe(
      `MONGODB_URI: ${wrong.host} rejects the username or the password ` +
        '(authSource names their database if it is not admin)',
    )
    expect(inspect(error, { depth: 9 })).not.toMatch(/sec(%40|@)ret/)
  })
})

const refusal = async (uri: string): Promise<Error & { code?: string }> => {
  try {
    await openMongodbStore({ uri, collections })
  } catch (error) {
    return error as Error
  }
  throw new Error('the store opened')
}

test.each([
  ['', 'invalid', /^MONGODB_URI cannot be used: Invalid scheme/],
  ['http://name:secret@host', 'invalid', /^MONGODB_URI cannot be used: Invalid scheme/],
  ['mongodb://', 'invalid', /^MONGODB_URI cannot be used: Protocol and host list are required/],
  ['mongodb://name:sec@ret@host', 'invalid', /^MONGODB_URI cannot be used: Invalid connection string/],
  ['mongodb://name:secret@host/?foo=bar', 'invalid', /^MONGODB_URI cannot be used: option foo is not supported/],
  [
    'mongodb://name:secret@nowhere.invalid/',
    'unavailable',
    /^MONGODB_URI: the host cannot be resolved \(.*nowhere\.invalid\)/,
  ],
  [
    'mongodb+srv://name:secret@nowhere.invalid/',
    'unavailable',
    /^MONGODB_URI: the host cannot be resolved \(.*nowhere\.invalid\)/,
  ],
  ['mongodb://name:secret@127.0.0.1:1/', 'unavailable', /^MONGODB_URI: nothing answers at 127\.0\.0\.1:1 /],
])('A start with %s reports the fault without the password', async (uri, code, message) => {
  const error = await refusal(uri)
  expect(error).toMatchObject({ name: 'StoreError', code, message: expect.stringMatching(message) })
  expect(inspect(error, { depth: 9 })).not.toMatch(/sec@?ret/)
})

test('A start with a silent server fails within seconds', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const began = performance.now()
  const { message } = await refusal(`mongodb://127.0.0.1:${port}/?replicaSet=rs0`)
  expect(message).toContain(`MONGODB_URI: 127.0.0.1:${port} cannot be reached, or the replica set rs0 has no primary`)
  expect(performance.now() - began).toBeLessThan(15_000)
  silent.close()
})
