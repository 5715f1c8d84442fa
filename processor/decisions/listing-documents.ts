import type { Booking } from '#domain/booking.ts'
import type { Doc, Store } from '#store/store.ts'
import type { LocatedCommand } from './decide-batch.ts'
import {
  adopt,
  changeOf,
  type Draft,
  emptyDocument,
  fromStored,
  type ListingDocument,
  type StoredListing,
  toStored,
} from './listing-document.ts'

/** Reads and writes the listings' documents and the archive of ended bookings. */
export class ListingDocuments {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async load(listingId: string): Promise<ListingDocument> {
    const stored = await this.#store.get<StoredListing>('listing_documents', listingId)
    return stored ? fromStored(stored) : emptyDocument()
  }

  /** Whether the stored document has handled the command. Reads nothing else of it, because it may be damaged. */
  async holds(listingId: string, { command, partition, offset }: LocatedCommand): Promise<boolean> {
    const stored = await this.#store.get<Partial<StoredListing> & Doc>('listing_documents', listingId)
    return stored?.ids?.[command.id] !== undefined || (stored?.pos?.[partition] ?? -1) >= offset
  }

  /** The bookings that the commands name and the document no longer has, by id. */
  async archivedBookings(
    document: ListingDocument,
    commands: readonly LocatedCommand[],
  ): Promise<Map<string, Booking>> {
    const ids = commands.flatMap(({ command }) =>
      'bookingId' in command && !document.ids.has(command.id) && !document.state.bookings.has(command.bookingId)
        ? [command.bookingId]
        : [],
    )
    if (ids.length === 0 || !document.hasArchived) return new Map()
    const found = await this.#store.getMany<Booking & Doc>('archive', [...new Set(ids)])
    return new Map(found.map(({ _id, ...booking }) => [_id, booking]))
  }

  /** Archives the retired bookings, then compares and sets. Returns false if another writer has changed the document. */
  async save(listingId: string, document: ListingDocument, draft: Draft): Promise<boolean> {
    await this.#archive(draft.retired)
    if (document.rev === 0) {
      adopt(document, draft)
      return this.#store.insert('listing_documents', toStored(listingId, document))
    }
    const when = { path: ['rev'], is: document.rev }
    const won = await this.#store.patch('listing_documents', listingId, changeOf(document, draft), when)
    if (won) adopt(document, draft)
    return won
  }

  /** A payment can change a booking after it has been archived, so the newest version stays. */
  async #archive(retired: readonly Booking[]): Promise<void> {
    await Promise.all(
      retired.map(async (booking) => {
        if (await this.#store.insert('archive', { _id: booking.id, ...booking })) return
        const set = Object.entries(booking).map(([name, value]) => [[name], value] as const)
        await this.#store.patch('archive', booking.id, { set }, { path: ['version'], below: booking.version })
      }),
    )
  }
}
