import type { Booking } from '#domain/booking.ts'
import { type ListingState, unpublished, type HeldBooking } from '#domain/listing/state.ts'
import type { Event } from '#domain/event.ts'
import type { Listing } from '#domain/listing.ts'
import type { Change, Doc, Path } from '#store/store.ts'

/**
 * One document per listing: its state (`domain/listing/state.ts`), and what makes deciding about it safe to repeat. It is read, decided on, and patched
 * by compare-and-set on `rev`. Nothing else decides availability.
 */
export interface ListingDocument {
  /** 0: not stored yet. */
  rev: number
  /** Of the last event recorded. */
  seq: number
  /** Of the last event that the log is known to have. In memory it runs ahead of what is stored. */
  emittedSeq: number
  /** The latest time of a command decided here: the document's only clock. */
  latestAt: number
  state: ListingState
  /** Commands decided lately, with their times. */
  ids: Map<string, number>
  /** The highest offset handled of each source partition. */
  pos: Map<number, number>
  /** Events above the stored `emittedSeq`, in order, so that the next member can still emit them. */
  recorded: Event[]
  /** Whether it has let go of any booking: until then there is nothing of it in the archive. */
  hasArchived: boolean
}

/** What deciding a batch adds to a listing's document. Nothing of it is true before the store has it. */
export interface Draft {
  seq: number
  latestAt: number
  state: ListingState
  events: Event[]
  ids: Map<string, number>
  /** Ids older than any repetition still to be expected. */
  forgotten: string[]
  pos: Map<number, number>
  /** Bookings to archive before the patch, which removes them. */
  retired: Booking[]
  /** What the patch must write of the state. */
  touched: { bookings: Set<string>; days: Set<string> }
}

export const emptyDocument = (): ListingDocument => ({
  rev: 0,
  seq: 0,
  emittedSeq: 0,
  latestAt: 0,
  state: unpublished,
  ids: new Map(),
  pos: new Map(),
  recorded: [],
  hasArchived: false,
})

/** As the store has it: keys of a JSON object are text. */
export interface StoredListing extends Doc {
  rev: number
  seq: number
  emittedSeq: number
  latestAt: number
  listing: Listing | null
  withdrawn: boolean
  bookings: Record<string, HeldBooking>
  taken: Record<string, number>
  ids: Record<string, number>
  pos: Record<string, number>
  recorded: readonly Event[]
  hasArchived: boolean
}

export function fromStored(stored: StoredListing): ListingDocument {
  const { rev, seq, emittedSeq, latestAt, listing, withdrawn, hasArchived } = stored
  return {
    rev,
    seq,
    emittedSeq,
    latestAt,
    state: {
      listing,
      withdrawn,
      bookings: new Map(Object.entries(stored.bookings)),
      taken: new Map(Object.entries(stored.taken)),
    },
    ids: new Map(Object.entries(stored.ids)),
    pos: new Map(Object.entries(stored.pos).map(([partition, offset]) => [Number(partition), offset])),
    recorded: [...stored.recorded],
    hasArchived,
  }
}

export function toStored(listingId: string, document: ListingDocument): StoredListing {
  const { rev, seq, emittedSeq, latestAt, state } = document
  return {
    _id: listingId,
    rev,
    seq,
    emittedSeq,
    latestAt,
    listing: state.listing,
    withdrawn: state.withdrawn,
    bookings: Object.fromEntries(state.bookings),
    taken: Object.fromEntries(state.taken),
    ids: Object.fromEntries(document.ids),
    pos: Object.fromEntries(document.pos),
    recorded: document.recorded,
    hasArchived: document.hasArchived,
  }
}

/** What a draft changes in the stored document: its size follows the draft, not the document. */
export function changeOf(document: ListingDocument, draft: Draft): Change {
  const { state } = draft
  const set: [Path, unknown][] = [
    [['rev'], document.rev + 1],
    [['seq'], draft.seq],
    [['emittedSeq'], document.emittedSeq],
    [['latestAt'], draft.latestAt],
    // As a whole: what is emitted leaves, and hundreds of paths are slower to write than one.
    [['recorded'], [...unemitted(document), ...draft.events]],
  ]
  const unset: Path[] = []
  const put = (path: Path, value: unknown): unknown =>
    value === undefined ? unset.push(path) : set.push([path, value])

  if (state.listing !== document.state.listing) put(['listing'], state.listing)
  if (state.withdrawn !== document.state.withdrawn) put(['withdrawn'], state.withdrawn)
  for (const id of draft.touched.bookings) put(['bookings', id], state.bookings.get(id))
  for (const day of draft.touched.days) put(['taken', day], state.taken.get(day))
  if (draft.retired.length > 0) put(['hasArchived'], true)
  for (const [id, at] of draft.ids) put(['ids', id], at)
  for (const id of draft.forgotten) put(['ids', id], undefined)
  for (const [partition, offset] of draft.pos) put(['pos', String(partition)], offset)
  return { set, unset }
}

/** Brings the document in memory to where the store is once the draft's patch has been acknowledged. */
export function adopt(document: ListingDocument, draft: Draft): void {
  document.rev += 1
  document.seq = draft.seq
  document.latestAt = draft.latestAt
  document.state = draft.state
  for (const [id, at] of draft.ids) document.ids.set(id, at)
  for (const id of draft.forgotten) document.ids.delete(id)
  for (const [partition, offset] of draft.pos) document.pos.set(partition, offset)
  document.recorded = [...unemitted(document), ...draft.events]
  document.hasArchived ||= draft.retired.length > 0
}

export const unemitted = (document: ListingDocument): Event[] =>
  document.recorded.filter((event) => event.seq > document.emittedSeq)
