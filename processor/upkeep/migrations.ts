import { aliasesOf } from '#domain/dialects/registry.ts'
import { keysOf, requestDayOf, rollupIdOf } from '#domain/projections/analytics.ts'
import { DEFAULT_CANCELLATION_POLICY } from '#domain/cancellation.ts'
import { DEFAULT_RULES } from '#domain/listing.ts'
import { type Doc, MAX_SCAN, type Path, type Store } from '#store/store.ts'
import type { StoredListing } from '../decisions/listing-document.ts'
import type { BookingView } from '../sinks/views.ts'

/** A page of documents in memory at once; a listing's document may be large. */
const PAGE = 50

/** As the first version stored it: recorded events by their `seq`, and no note of the archive. */
interface Version1 extends Doc {
  rev: number
  recorded: Record<string, { seq: number }> | { seq: number }[]
  hasArchived?: boolean
}

/** Safe to run in several processes at once, and again. */
export async function toVersion2(store: Store): Promise<void> {
  await eachOf(store, 'listing_documents', '_id', (document) => rewriteListing(store, document as Version1))
  await eachOf(store, 'bookings', 'createdAt', (booking) => moveAlias(store, booking._id))
}

/** Compare-and-set, so that of several processes that migrate at once none undoes another. */
async function rewriteListing(store: Store, { _id: id, rev, recorded, hasArchived = true }: Version1): Promise<void> {
  const events = Object.values(recorded).sort((a, b) => a.seq - b.seq)
  const change = [[['recorded'], events] as const, [['hasArchived'], hasArchived] as const]
  await store.patch('listing_documents', id, { set: change }, { path: ['rev'], is: rev })
}

/** The first version kept airbnb's alias in the booking itself, and no other. */
async function moveAlias(store: Store, bookingId: string): Promise<void> {
  for (const alias of aliasesOf(bookingId)) await store.insert('booking_aliases', { _id: alias, bookingId })
  await store.patch('bookings', bookingId, { unset: [['airbnbId']] })
}

async function eachOf(store: Store, collection: string, by: string, work: (doc: Doc) => Promise<void>): Promise<void> {
  let cursor: string | undefined
  do {
    const query = { where: {}, order: { by }, limit: PAGE, ...(cursor !== undefined && { cursor }) }
    const page = await store.scan(collection, query)
    await Promise.all(page.docs.map(work))
    cursor = page.next
  } while (cursor !== undefined)
}

/** The fields of a booking's events that version 3 kept. */
interface TimelineEntry extends Doc {
  seq: number
  type: string
}

/**
 * Roll-ups count how many bookings of their day were confirmed, on whatever day. Older ones get that number from the events of the
 * bookings that the roll-ups have counted, so the groups count the others when they go on. A roll-up that has the number keeps it,
 * because another process may have finished this step already.
 */
export async function toVersion4(store: Store): Promise<void> {
  const converted = new Map<string, number>()
  await eachOf(store, 'bookings', 'createdAt', async (doc) => {
    const booking = doc as BookingView
    if (!(await isConfirmationCounted(store, booking))) return
    for (const id of keysOf(booking, requestDayOf(booking)).map(rollupIdOf)) {
      converted.set(id, (converted.get(id) ?? 0) + 1)
    }
  })
  await eachOf(store, 'rollups', '_id', async ({ _id: id }) => {
    const change = { set: [[['converted'], converted.get(id) ?? 0] as const] }
    await store.patch('rollups', id, change, { path: ['converted'], is: null })
  })
}

/** By the checkpoint of the listing, up to which the roll-ups have counted its events. */
async function isConfirmationCounted(
  store: Store,
  { id: bookingId, listingId, status }: BookingView,
): Promise<boolean> {
  if (status !== 'confirmed' && status !== 'cancelled') return false
  const checkpoint = await store.get<Doc & { seq: number }>('checkpoints', listingId)
  const query = { where: { bookingId }, order: { by: 'seq' }, limit: MAX_SCAN }
  const { docs } = await store.scan<TimelineEntry>('booking_events', query)
  return docs.some(({ type, seq }) => type === 'booking.confirmed' && seq <= (checkpoint?.seq ?? 0))
}

/** What a booking of version 4 lacks. */
const BOOKING_FIELDS = {
  cancellationPolicy: DEFAULT_CANCELLATION_POLICY,
  payment: null,
  paymentMethod: null,
  endsAt: null,
  remindedAt: null,
  timeZone: null,
}

const ROLLUP_FIELDS = { expired: 0, completed: 0 }

/** Listings get the rules, bookings the payment, and listings' documents the blocks that they lack. */
export async function toVersion5(store: Store): Promise<void> {
  await eachOf(store, 'listing_documents', '_id', (document) => addToDocument(store, document as StoredListing))
  await eachOf(store, 'listings', '_id', (doc) => addMissing(store, 'listings', doc, DEFAULT_RULES, 'holdOnRequest'))
  for (const collection of ['bookings', 'archive']) {
    await eachOf(store, collection, '_id', (doc) =>
      addMissing(store, collection, doc, BOOKING_FIELDS, 'cancellationPolicy'),
    )
  }
  await eachOf(store, 'rollups', '_id', (doc) => addMissing(store, 'rollups', doc, ROLLUP_FIELDS, 'expired'))
}

/** A document that another process has changed since has the fields. */
async function addMissing(store: Store, collection: string, doc: Doc, fields: object, mark: string): Promise<void> {
  const set = missing([], doc, fields)
  await store.patch(collection, doc._id, { set }, { path: [mark], is: null })
}

async function addToDocument(store: Store, document: StoredListing): Promise<void> {
  const { _id: id, rev, listing, bookings } = document
  // A text is of this version: another process may have changed the document already.
  const held = Object.entries(bookings).flatMap(([booking, fields]) =>
    typeof fields === 'string' ? [] : missing(['bookings', booking], fields, BOOKING_FIELDS),
  )
  const set = [
    ...missing([], document, { blocks: {} }),
    ...(listing ? missing(['listing'], listing, DEFAULT_RULES) : []),
    ...held,
  ]
  if (set.length > 0) await store.patch('listing_documents', id, { set }, { path: ['rev'], is: rev })
}

const missing = (path: Path, doc: object, fields: object): (readonly [Path, unknown])[] =>
  Object.entries(fields).flatMap(([name, value]) => (name in doc ? [] : [[[...path, name], value] as const]))
