import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { SCHEMA } from './file.ts'
import { openEmbeddedStore } from './embedded-store.ts'
import { describeStore } from '../conformance/conformance.ts'

const folder = await mkdtemp(join(tmpdir(), 'reservoir-store-'))
afterAll(() => rm(folder, { recursive: true }))

let files = 0
const newFile = (): string => join(folder, `made/on/the/way/${files++}.db`)
const things = { things: { indexes: [['rank']] } }

const sharing = 'one process at a time has the file'
describeStore(
  'embedded',
  ({ database, ...opening }) => openEmbeddedStore({ file: join(folder, 'made/on/the/way', database), ...opening }),
  { lacks: { sharing } },
)
describeStore('embedded in-memory', (opening) => openEmbeddedStore({ ...opening, file: ':memory:' }), {
  lacks: { sharing, reopening: 'what is in memory ends with the store' },
})

describe('the file of the embedded store', () => {
  test('keeps everything over a restart', async () => {
    const file = newFile()
    const first = openEmbeddedStore({ file, collections: things })
    await Promise.all(Array.from({ length: 100 }, (_, i) => first.insert('things', { _id: `${i}`, rank: i })))
    await first.patch('things', '7', { set: [[['rank'], 7.5]] })
    await first.remove('things', '8')
    await first.close()
    const second = openEmbeddedStore({ file, collections: things })
    const { docs } = await second.scan('things', { where: {}, order: { by: 'rank' }, limit: 500 })
    await second.close()
    expect(docs).toHaveLength(99)
    expect(docs[7]).toEqual({ _id: '7', rank: 7.5 })
  })

  test('is rejected while another store has it open', async () => {
    const file = newFile()
    const first = openEmbeddedStore({ file, collections: things })
    expect(() => openEmbeddedStore({ file, collections: things })).toThrow(
      expect.objectContaining({
        code: 'unavailable',
        message: `${file} is in use by another process: stop it, or set DATA_DIR to another folder`,
      }),
    )
    await first.close()
    await openEmbeddedStore({ file, collections: things }).close()
  })

  test.each([import.meta.filename, ...(existsSync('/proc/self') ? ['/proc'] : [])])(
    'is rejected if its folder cannot be created in %s',
    (parent) => {
      const folder = join(parent, 'reservoir', 'data')
      expect(() => openEmbeddedStore({ file: join(folder, 'store.db'), collections: things })).toThrow(
        expect.objectContaining({
          name: 'StoreError',
          code: 'unavailable',
          message: expect.stringContaining(`${folder} cannot be created: set DATA_DIR to a writable folder (E`),
        }),
      )
    },
  )

  test('is rejected if a newer version wrote it', async () => {
    const file = newFile()
    await openEmbeddedStore({ file, collections: things }).close()
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA user_version = ${SCHEMA + 1}`)
    db.close()
    expect(() => openEmbeddedStore({ file, collections: things })).toThrow(/newer Reservoir .* update Reservoir/)
  })

  test('is rejected if it is not a database', () => {
    expect(() => openEmbeddedStore({ file: import.meta.filename, collections: things })).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    )
  })

  test('has exactly the declared indexes after each start', async () => {
    const file = newFile()
    await openEmbeddedStore({ file, collections: things }).close()
    const other = openEmbeddedStore({ file, collections: { things: { indexes: [['size']] }, more: {} } })
    await other.insert('things', { _id: 'a', size: 1 })
    const { docs } = await other.scan('things', { where: {}, order: { by: 'size' }, limit: 1 })
    await other.close()
    expect(docs).toEqual([{ _id: 'a', size: 1 }])
    const db = new DatabaseSync(file)
    const indexes = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`).all()
    db.close()
    expect(indexes.map(({ name }) => name)).toEqual(['things(size)'])
  })
})

describe('an expired document', () => {
  const collections = { receipts: { expires: 'until' } }
  const kept = [{ _id: 'fresh', until: 2_000 }, { _id: 'without' }, { _id: 'null', until: null }]

  test('is removed when the store opens, with any number of others', async () => {
    const file = newFile()
    const first = openEmbeddedStore({ file, collections, now: () => 0 })
    const old = Array.from({ length: 1_200 }, (_, i) => ({ _id: `old${i}`, until: i % 1_000 }))
    await Promise.all([...old, ...kept].map((doc) => first.insert('receipts', doc)))
    await first.close()
    const second = openEmbeddedStore({ file, collections, now: () => 1_000 })
    const all = [...old, ...kept].map(({ _id: id }) => id)
    await vi.waitFor(async () => expect(await second.getMany('receipts', all)).toHaveLength(kept.length))
    expect(await second.getMany('receipts', all)).toEqual(expect.arrayContaining(kept))
    await second.close()
  })

  test('is removed while the store is open', async () => {
    let now = 0
    const store = openEmbeddedStore({ file: ':memory:', collections, now: () => now, sweepMs: 5 })
    await store.insert('receipts', { _id: 'a', until: 1_000 })
    now = 1_001
    await vi.waitFor(async () => expect(await store.get('receipts', 'a')).toBeUndefined())
    await store.close()
  })
})
