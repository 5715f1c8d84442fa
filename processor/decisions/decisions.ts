import { instantOf } from '#domain/civil.ts'
import { encodeEvent } from '#domain/dialects/registry.ts'
import { type Handler, type Log, MAX_SEND, type Message } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { verifierOf } from '#platform/node/signature.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { Store } from '#store/store.ts'
import { authenticCommand } from '../command-signing.ts'
import { untilWon, wonOrUnknown } from '../compare-and-set.ts'
import { deadLettersOf, decodeBatch, type SendDeadLetters } from '../dead-letters.ts'
import { eachOf } from '../each-of.ts'
import { HandledOffsets } from '../handled-offsets.ts'
import { decideBatch, type LocatedCommand } from './decide-batch.ts'
import { DocumentCache } from './document-cache.ts'
import { type ListingDocument, unemitted } from './listing-document.ts'
import { ListingDocuments } from './listing-documents.ts'

export const DECISIONS = 'booking-decisions'

/** The most commands of a listing that one patch decides. */
const MAX_PATCH = 500

/** Listings that are decided at the same time: enough to keep the store busy, few enough that no call waits long. */
const LISTINGS_AT_ONCE = 16

export interface DecisionsDeps {
  log: Log
  store: Store
  /** The topic of the events, and its number of partitions. */
  events: { topic: string; partitions: number }
  /** The keys that verify commands. */
  commandKeys: SigningKeys
  cache?: DocumentCache
  deadLetters?: SendDeadLetters
}

/**
 * The decider group reads commands and emits events, exactly once in effect: every step may fail, run twice or complete late.
 * For each listing of a batch it reads the document, decides, archives retired bookings, compares and sets, and emits the
 * recorded events. Then it sends the dead letters, and commits last. An error in any step fails the whole batch, and the log
 * delivers it again.
 */
export function createDecisions({
  log,
  store,
  events,
  commandKeys,
  cache = new DocumentCache(),
  deadLetters = deadLettersOf(log, DECISIONS),
}: DecisionsDeps): Handler {
  const documents = new ListingDocuments(store)
  const handled = new HandledOffsets()
  const verify = verifierOf(commandKeys)

  const decidePart = (listingId: string, commands: LocatedCommand[], partition: number, signal: AbortSignal) =>
    untilWon(`listing ${listingId}`, async () => {
      signal.throwIfAborted()
      const document = cache.take(partition, listingId) ?? (await documents.load(listingId))
      const draft = decideBatch(document, commands, await documents.archivedBookings(document, commands))
      if (draft && !(await wonOrUnknown(documents.save(listingId, document, draft)))) return false
      await emit(log, events, listingId, document)
      cache.give(partition, listingId, document)
      return true
    })

  return async (batch, lease) => {
    const remaining = handled.remaining(batch.messages, lease)
    const { decoded, unreadable } = decodeBatch(remaining, (message) => authenticCommand(message, verify))
    const listings = Map.groupBy(decoded.map(locate), ({ command }) => command.listingId)
    const work = async ([listingId, commands]: [string, LocatedCommand[]]): Promise<void> => {
      for (const part of partsOf(commands)) await decidePart(listingId, part, batch.partition, lease.signal)
    }
    await eachOf(listings, LISTINGS_AT_ONCE, work)
    await deadLetters(unreadable)
    await handled.commit(batch.messages.at(-1)!.offset, lease)
  }
}

/** Bounds the size of a patch and of its document, however large the lag is. */
function* partsOf(commands: LocatedCommand[]): Generator<LocatedCommand[]> {
  for (let i = 0; i < commands.length; i += MAX_PATCH) yield commands.slice(i, i + MAX_PATCH)
}

/** Sends every recorded event that the log may lack, including events that another member recorded. Sends one chunk at a time. */
async function emit(
  log: Log,
  { topic, partitions }: DecisionsDeps['events'],
  listingId: string,
  document: ListingDocument,
): Promise<void> {
  const partition = partitionOf(listingId, partitions)
  const events = unemitted(document)
  for (let i = 0; i < events.length; i += MAX_SEND) {
    const chunk = events.slice(i, i + MAX_SEND)
    await log.send(chunk.map((event) => ({ topic, partition, ...encodeEvent(event) })))
    document.emittedSeq = chunk.at(-1)!.seq
  }
}

function locate({ message, content }: { message: Message; content: LocatedCommand['command'] }): LocatedCommand {
  const { partition, offset, timestamp } = message
  // A time in the future would extend the hold, and would make the ids of other commands expire too early.
  const at = Math.min(Date.parse(content.at), timestamp)
  return { command: { ...content, at: instantOf(at) }, partition, offset, at }
}
