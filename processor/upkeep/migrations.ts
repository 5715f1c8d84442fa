import { aliasesOf } from '#domain/dialects/registry.ts'
import type { Doc, Store } from '#store/store.ts'

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
    for (const doc of page.docs) await work(doc)
    cursor = page.next
  } while (cursor !== undefined)
}
