/** Data as the first version wrote them, and their migration to this version. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_RULES } from '#domain/listing.ts'
import { openStore } from '#store/open.ts'
import type { Doc, Store } from '#store/store.ts'
import { SCHEMA } from '#processor/collections.ts'
import { fromStored, type StoredListing } from '#processor/decisions/listing-document.ts'

const LISTING = { id: 'l1', ownerId: 'o1', kind: 'stay', name: 'Beach house', capacity: 1 }

const event = (seq: number) => ({ id: `c${seq}:0`, seq, type: 'command.refused', listingId: 'l1' })

const DOCUMENT = {
  rev: 7,
  seq: 11,
  emittedSeq: 9,
  latestAt: 1_700_000_000_000,
  listing: LISTING,
  withdrawn: false,
  bookings: { b1: { status: 'confirmed' } },
  taken: { '2027-01-01': 1 },
  ids: { c1: 1_700_000_000_000 },
  pos: { 2: 41 },
}

/** Recorded events by their `seq`. JavaScript sorts such keys only below 2³². */
const byKey = { ...DOCUMENT, recorded: { 11: event(11), 10: event(10) } }
const asList = { ...DOCUMENT, recorded: [event(10), event(11)], hasArchived: false }

/** What version 5 adds to bookings. */
const LATER_FIELDS = {
  cancellationPolicy: 'flexible',
  payment: null,
  paymentMethod: null,
  endsAt: null,
  remindedAt: null,
  timeZone: null,
}

const asMigrated = {
  ...asList,
  listing: { ...LISTING, ...DEFAULT_RULES },
  bookings: { b1: { status: 'confirmed', ...LATER_FIELDS } },
  blocks: {},
}

const BOOKING_ID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'
const AIRBNB_ID = '6d4b0e9c7a515f3e9c220d8f'

const RESPONSE = { bodyHash: 'ab', status: 200, body: '{}', expiresAt: Date.now() + 3_600_000 }

const VERSION_1 = {
  calendars: { l1: byKey, l2: asList },
  answers: { k1: RESPONSE },
  properties: { l1: { ...LISTING, withdrawn: false, seq: 3 } },
  bookings: {
    b1: { id: 'b1', listingId: 'l1', status: 'confirmed', version: 2 },
    [BOOKING_ID]: { id: BOOKING_ID, status: 'pending', version: 1, airbnbId: AIRBNB_ID },
  },
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

function write(folder: string, collections: Record<string, Record<string, object>>): void {
  const db = new DatabaseSync(join(folder, 'store.db'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 1')
  for (const [name, docs] of Object.entries(collections)) {
    db.exec(`CREATE TABLE "${name}" (_id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL) STRICT`)
    db.exec(`CREATE INDEX "${name}(name)" ON "${name}" (coalesce(doc ->> '$.name', -9e999), _id)`)
    const insert = db.prepare(`INSERT INTO "${name}" VALUES (?, ?)`)
    for (const [id, doc] of Object.entries(docs)) insert.run(id, JSON.stringify({ _id: id, ...doc }))
  }
  db.close()
}

async function openIn(folder: string): Promise<Store> {
  const store = await openStore({ DATA_DIR: folder }, SCHEMA)
  onTestFinished(() => store.close())
  return store
}

test('migrates a data folder of the first version', async () => {
  const folder = await newFolder()
  write(folder, VERSION_1)
  const store = await openIn(folder)
  for (const id of ['l1', 'l2']) {
    const stored = await store.get<StoredListing>('listing_documents', id)
    const { rev, seq, emittedSeq, recorded, state, ids, pos, hasArchived } = fromStored(stored!)
    expect({ rev, seq, emittedSeq }).toEqual({ rev: 7, seq: 11, emittedSeq: 9 })
    expect(recorded).toEqual([event(10), event(11)])
    expect([...state.taken]).toEqual([['2027-01-01', 1]])
    expect([...state.bookings.keys()]).toEqual(['b1'])
    expect([[...ids.keys()], [...pos]]).toEqual([['c1'], [[2, 41]]])
    expect(hasArchived).toBe(id === 'l1')
  }
  const query = { where: { withdrawn: false }, order: { by: 'name' }, limit: 10 }
  expect((await store.scan('listings', query)).docs).toEqual([
    { _id: 'l1', ...LISTING, ...DEFAULT_RULES, withdrawn: false, seq: 3 },
  ])
  expect(await store.get('bookings', 'b1')).toMatchObject({ version: 2 })
  expect(await store.get('bookings', BOOKING_ID)).toEqual({
    _id: BOOKING_ID,
    id: BOOKING_ID,
    status: 'pending',
    version: 1,
    ...LATER_FIELDS,
  })
  expect(await store.get('booking_aliases', AIRBNB_ID)).toEqual({ _id: AIRBNB_ID, bookingId: BOOKING_ID })
  expect(await store.get('idempotent_responses', 'k1')).toEqual({ _id: 'k1', ...RESPONSE })
})

test('migrates a data folder of the second version', async () => {
  const folder = await newFolder()
  const documents = { listing_documents: { l2: asList }, schema: { version: { version: 2 } } }
  write(folder, { ...documents, answers: { k1: RESPONSE } })
  const store = await openIn(folder)
  expect(await store.get('schema', 'version')).toMatchObject({ version: 5 })
  expect(await store.get('listing_documents', 'l2')).toEqual({ _id: 'l2', ...asMigrated })
  expect(await store.get('idempotent_responses', 'k1')).toEqual({ _id: 'k1', ...RESPONSE })
})

test('migrates the roll-ups of the third version: they count the bookings of their day that were confirmed', async () => {
  const folder = await newFolder()
  const booking = (createdAt: string, status: string) => ({
    listingId: 'l1',
    ownerId: 'o1',
    kind: 'stay',
    createdAt: `${createdAt}T10:00:00.000Z`,
    status,
  })
  const happened = (bookingId: string, seq: number, type: string) => ({ bookingId, seq, type })
  const rollup = (requested: number) => ({ requested, pos: {} })
  write(folder, {
    schema: { version: { version: 3 } },
    bookings: {
      b1: { id: 'b1', ...booking('2026-11-20', 'confirmed') },
      b2: { id: 'b2', ...booking('2026-11-20', 'cancelled') },
      b3: { id: 'b3', ...booking('2026-11-20', 'cancelled') },
      b4: { id: 'b4', ...booking('2026-11-21', 'confirmed') },
      b5: { id: 'b5', ...booking('2026-11-21', 'pending') },
    },
    booking_events: {
      e1: happened('b1', 5, 'booking.confirmed'),
      e2: happened('b2', 6, 'booking.confirmed'),
      e3: happened('b3', 7, 'booking.cancelled'),
      // The roll-ups have not counted it yet, so the group will.
      e4: happened('b4', 9, 'booking.confirmed'),
    },
    checkpoints: { l1: { seq: 8 } },
    rollups: {
      '2026-11-20|listing|l1': rollup(3),
      '2026-11-20|all|all': rollup(3),
      '2026-11-21|all|all': rollup(2),
      '2026-11-22|all|all': { ...rollup(0), converted: 7 },
    },
  })
  const store = await openIn(folder)
  const converted = async (id: string) => (await store.get<Doc & { converted: number }>('rollups', id))?.converted
  expect(await converted('2026-11-20|listing|l1')).toBe(2)
  expect(await converted('2026-11-20|all|all')).toBe(2)
  expect(await converted('2026-11-21|all|all')).toBe(0)
  expect(await converted('2026-11-22|all|all')).toBe(7)
})

test('records the version and migrates data once', async () => {
  const folder = await newFolder()
  write(folder, VERSION_1)
  await (await openIn(folder)).close()
  const store = await openIn(folder)
  expect(await store.get<Doc>('schema', 'version')).toEqual({ _id: 'version', version: 5 })
  expect(await store.get('listing_documents', 'l2')).toEqual({ _id: 'l2', ...asMigrated })
})

test('records the version of a new data folder', async () => {
  expect(await (await openIn(await newFolder())).get('schema', 'version')).toMatchObject({ version: 5 })
})

test('rejects a data folder of a newer version with a remedy', async () => {
  const folder = await newFolder()
  write(folder, { ...VERSION_1, schema: { version: { version: 6 } } })
  await expect(openStore({ DATA_DIR: folder }, SCHEMA)).rejects.toThrow(
    `${join(folder, 'store.db')} was written by a newer Reservoir (version 6; this Reservoir knows versions 1 to 5): ` +
      'update Reservoir, or set DATA_DIR to another folder',
  )
})

test('rejects a data folder that an older version has written to after the migration', async () => {
  const folder = await newFolder()
  write(folder, VERSION_1)
  await (await openIn(folder)).close()
  write(folder, { calendars: {} })
  await expect(openStore({ DATA_DIR: folder }, SCHEMA)).rejects.toThrow('has both calendars and listing_documents')
})
