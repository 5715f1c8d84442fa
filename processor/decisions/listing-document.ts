import type { Block } from '#domain/block.ts'
import type { Booking } from '#domain/booking.ts'
import { type ListingState, unpublished, type HeldBooking } from '#domain/listing/state.ts'
import type { Event } from '#domain/event.ts'
import type { Listing } from '#domain/listing.ts'
import type { Change, Doc, Path } from '#store/store.ts'

/**
 * One document per listing: its state (`domain/listing/state.ts`), and the records that make a decision safe to repeat. The decider
 * patches it by compare-and-set on `rev`. Nothing else decides availability.
 */
export interface ListingDocument {
  /** 0: not stored yet. */
  rev: number
  /** The `seq` of the last recorded event. */
  seq: number
  /** The `seq` of the last event that the log acknowledged. The value in memory is ahead of the stored one. */
  emittedSeq: number
  /** The latest time of a decided command, in milliseconds: the document's only clock. */
  latestAt: number
  state: ListingState
  /** The recently decided commands, with their times. */
  ids: Map<string, number>
  /** The highest handled offset of each source partition. */
  pos: Map<number, number>
  /** Events above the stored `emittedSeq`, in order, so that the next member can still emit them. */
  recorded: Event[]
  /** Whether the archive has bookings of this listing; if not, it is not read. */
  hasArchived: boolean
}

/** The changes that a batch makes to a listing's document. They take effect when the store has acknowledged the patch. */
export interface Draft {
  seq: number
  latestAt: number
  state: ListingState
  events: Event[]
  ids: Map<string, number>
  /** Ids so old that no repetition of their commands can arrive. */
  forgotten: string[]
  pos: Map<number, number>
  /** Bookings to archive before the patch, which removes them. */
  retired: Booking[]
  /** The bookings and days of the state that the patch must write. */
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

/**
 * The JSON text of a booking. Each patch makes the store handle the whole document, and a text is one value instead of thirty.
 * Bookings that were stored before version 5 are objects.
 */
export type StoredBooking = string | HeldBooking

/** The stored form: maps are JSON objects, whose keys are strings. */
export interface StoredListing extends Doc {
  rev: number
  seq: number
  emittedSeq: number
  latestAt: number
  listing: Listing | null
  withdrawn: boolean
  bookings: Record<string, StoredBooking>
  taken: Record<string, number>
  blocks: Record<string, Omit<Block, 'id'>>
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
      bookings: mapped(stored.bookings, heldOf),
      taken: new Map(Object.entries(stored.taken)),
      blocks: new Map(Object.entries(stored.blocks)),
    },
    ids: new Map(Object.entries(stored.ids)),
    pos: new Map(Object.entries(stored.pos).map(([partition, offset]) => [Number(partition), offset])),
    recorded: [...stored.recorded],
    hasArchived,
  }
}

const mapped = <T, U>(stored: Record<string, T>, read: (value: T) => U): Map<string, U> =>
  new Map(Object.entries(stored).map(([id, value]) => [id, read(value)]))

const heldOf = (stored: StoredBooking): HeldBooking =>
  typeof stored === 'string' ? (JSON.parse(stored) as HeldBooking) : stored

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
    bookings: Object.fromEntries([...state.bookings].map(([id, held]) => [id, JSON.stringify(held)])),
    taken: Object.fromEntries(state.taken),
    blocks: Object.fromEntries(state.blocks),
    ids: Object.fromEntries(document.ids),
    pos: Object.fromEntries(document.pos),
    recorded: document.recorded,
    hasArchived: document.hasArchived,
  }
}

/** The patch of a draft. Its size depends on the draft, not on the document. */
export function changeOf(document: ListingDocument, draft: Draft): Change {
  const { state } = draft
  const set: [Path, unknown][] = [
    [['rev'], document.rev + 1],
    [['seq'], draft.seq],
    [['emittedSeq'], document.emittedSeq],
    [['latestAt'], draft.latestAt],
    // Written as a whole, which also removes the emitted events: one path is faster than hundreds.
    [['recorded'], [...unemitted(document), ...draft.events]],
  ]
  const unset: Path[] = []
  const put = (path: Path, value: unknown): unknown =>
    value === undefined ? unset.push(path) : set.push([path, value])

  if (state.listing !== document.state.listing) put(['listing'], state.listing)
  if (state.withdrawn !== document.state.withdrawn) put(['withdrawn'], state.withdrawn)
  if (state.blocks !== document.state.blocks) put(['blocks'], Object.fromEntries(state.blocks))
  for (const id of draft.touched.bookings) {
    const held = state.bookings.get(id)
    put(['bookings', id], held && JSON.stringify(held))
  }
  for (const day of draft.touched.days) {
    const count = state.taken.get(day)
    if (count !== document.state.taken.get(day)) put(['taken', day], count)
  }
  if (draft.retired.length > 0) put(['hasArchived'], true)
  for (const [id, at] of draft.ids) put(['ids', id], at)
  for (const id of draft.forgotten) put(['ids', id], undefined)
  for (const [partition, offset] of draft.pos) put(['pos', String(partition)], offset)
  return { set, unset }
}

/** Updates the document in memory after the store has acknowledged the draft's patch. */
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
