import type { Booking } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import { decodeCommand } from '#domain/dialects/registry.ts'
import { encodeEvent } from '#domain/dialects/registry.ts'
import { type Handler, type Log, MAX_SEND, type Message } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import type { Doc, Store } from '#store/store.ts'
import { untilWon, wonOrUnknown } from '../compare-and-set.ts'
import { deadLettersOf, decodeBatch, type SendDeadLetters } from '../dead-letters.ts'
import { eachOf } from '../each-of.ts'
import { received } from '../received.ts'
import { decideBatch, type LocatedCommand } from './decide-batch.ts'
import { DocumentCache } from './document-cache.ts'
import {
  adopt,
  changeOf,
  type Draft,
  emptyDocument,
  fromStored,
  type ListingDocument,
  type StoredListing,
  toStored,
  unemitted,
} from './listing-document.ts'

export const DECISIONS = 'booking-decisions'

/** Commands of one listing that are decided by one patch. */
const MAX_PATCH = 500

/** Of a partition: enough that the store never waits for us, and few enough that no call waits long for the others. */
const LISTINGS_AT_ONCE = 16

export interface DecisionsDeps {
  log: Log
  store: Store
  /** Where events go, and how many partitions it has. */
  events: { topic: string; partitions: number }
  cache?: DocumentCache
  deadLetters?: SendDeadLetters
}

/**
 * The decider group: commands in, events out, exactly once in effect although every part of it may fail, repeat or be late.
 * Per batch and listing: read the document, decide, archive what leaves it, compare and set, emit what is recorded; last of all
 * commit. Whatever throws on the way brings the whole batch again, and every step bears that.
 */
export function createDecisions({
  log,
  store,
  events,
  cache = new DocumentCache(),
  deadLetters = deadLettersOf(log, DECISIONS),
}: DecisionsDeps): Handler {
  /** In parts, so that no patch and no document grows with the lag. */
  async function decideAll(listingId: string, commands: LocatedCommand[], partition: number, signal: AbortSignal) {
    for (let i = 0; i < commands.length; i += MAX_PATCH) {
      await decideListing(listingId, commands.slice(i, i + MAX_PATCH), partition, signal)
    }
  }

  const decideListing = (listingId: string, commands: LocatedCommand[], partition: number, signal: AbortSignal) =>
    untilWon(`listing ${listingId}`, async () => {
      signal.throwIfAborted()
      const document = cache.take(partition, listingId) ?? (await load(listingId))
      const draft = decideBatch(document, commands, await archivedBookings(document, commands))
      if (draft && !(await wonOrUnknown(save(listingId, document, draft)))) return false
      await emit(listingId, document)
      cache.give(partition, listingId, document)
      return true
    })

  async function load(listingId: string): Promise<ListingDocument> {
    const stored = await store.get<StoredListing>('listing_documents', listingId)
    return stored ? fromStored(stored) : emptyDocument()
  }

  async function archivedBookings(document: ListingDocument, commands: LocatedCommand[]) {
    const ids = commands.flatMap(({ command }) =>
      'bookingId' in command && !document.ids.has(command.id) && !document.state.bookings.has(command.bookingId)
        ? [command.bookingId]
        : [],
    )
    if (ids.length === 0 || !document.hasArchived) return new Map<string, Booking>()
    const found = await store.getMany<Booking & Doc>('archive', [...new Set(ids)])
    return new Map(found.map(({ _id, ...booking }) => [_id, booking]))
  }

  /** Archives what leaves the document, then compares and sets. */
  async function save(listingId: string, document: ListingDocument, draft: Draft): Promise<boolean> {
    await archive(draft.retired)
    if (document.rev === 0) {
      adopt(document, draft)
      return store.insert('listing_documents', toStored(listingId, document))
    }
    const when = { path: ['rev'], is: document.rev }
    const won = await store.patch('listing_documents', listingId, changeOf(document, draft), when)
    if (won) adopt(document, draft)
    return won
  }

  async function archive(retired: Booking[]): Promise<void> {
    await Promise.all(retired.map((booking) => store.insert('archive', { _id: booking.id, ...booking })))
  }

  /** Everything recorded and not known to be in the log, whoever recorded it; each append waits for the one before. */
  async function emit(listingId: string, document: ListingDocument): Promise<void> {
    const { topic, partitions } = events
    const partition = partitionOf(listingId, partitions)
    const todo = unemitted(document)
    for (let i = 0; i < todo.length; i += MAX_SEND) {
      const chunk = todo.slice(i, i + MAX_SEND)
      await log.send(chunk.map((event) => ({ topic, partition, ...encodeEvent(event) })))
      document.emittedSeq = chunk.at(-1)!.seq
    }
  }

  return async (batch, lease) => {
    const { decoded, unreadable } = decodeBatch(batch.messages, (message) => decodeCommand(received(message)))
    await deadLetters(unreadable)
    const listings = Map.groupBy(decoded.map(locate), ({ command }) => command.listingId)
    const work = ([id, commands]: [string, LocatedCommand[]]) => decideAll(id, commands, batch.partition, lease.signal)
    await eachOf(listings, LISTINGS_AT_ONCE, work)
    await lease.commit(batch.messages.at(-1)!.offset)
  }
}

function locate({ message, content }: { message: Message; content: LocatedCommand['command'] }): LocatedCommand {
  const { partition, offset, timestamp } = message
  // What claims to come from the future would hold its dates for longer, and make everybody's ids look old.
  const at = Math.min(Date.parse(content.at), timestamp)
  return { command: { ...content, at: instantOf(at) }, partition, offset, at }
}
