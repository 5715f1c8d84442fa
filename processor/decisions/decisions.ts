import { instantOf } from '#domain/civil.ts'
import { encodeEvent } from '#domain/dialects/registry.ts'
import { type Handler, type Log, MAX_SEND, type Message } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { verifierOf } from '#platform/node/signature.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { Store } from '#store/store.ts'
import { failureOf, isOutage, type Pause } from '../attempts.ts'
import { authenticCommand } from '../command-signing.ts'
import { untilWon, wonOrUnknown } from '../compare-and-set.ts'
import { deadLettersOf, decodeBatch, reasonOf, type SendDeadLetters } from '../dead-letters.ts'
import { eachOf } from '../each-of.ts'
import { HandledOffsets } from '../handled-offsets.ts'
import { takenIds } from './booking-claims.ts'
import { decideBatch, type LocatedCommand } from './decide-batch.ts'
import { DocumentCache } from './document-cache.ts'
import { type ListingDocument, unemitted } from './listing-document.ts'
import { ListingDocuments } from './listing-documents.ts'

export const DECISIONS = 'booking-decisions'

/** The most commands of a listing that one patch decides. Larger ones save little, and the document holds their events. */
export const MAX_PATCH = 125

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
  pause?: Pause
}

/** A command with its position and its message. */
type Received = LocatedCommand & { message: Message }

/**
 * The decider group reads commands and emits events, exactly once in effect: every step may fail, run twice or complete late.
 * For each listing of a batch it reads the document, decides, archives retired bookings, compares and sets, and emits the
 * recorded events. Then it sends the dead letters, and commits last. An outage fails the whole batch, and the log delivers it again. If
 * the commands of a listing fail for another reason, each is decided alone, and one that always fails becomes a dead letter.
 */
export function createDecisions({
  log,
  store,
  events,
  commandKeys,
  cache = new DocumentCache(),
  deadLetters = deadLettersOf(log, DECISIONS),
  pause,
}: DecisionsDeps): Handler {
  const documents = new ListingDocuments(store)
  const handled = new HandledOffsets()
  const verify = verifierOf(commandKeys)

  const decidePart = (listingId: string, commands: Received[], signal: AbortSignal) =>
    untilWon(`listing ${listingId}`, async () => {
      signal.throwIfAborted()
      const { partition } = commands[0]!
      const document = cache.take(partition, listingId) ?? (await documents.load(listingId))
      // Bounds the document while the log is unreachable and the store is not.
      if (unemitted(document).length >= MAX_PATCH) await emit(log, events, listingId, document)
      const [archived, taken] = await Promise.all([
        documents.archivedBookings(document, commands),
        takenIds(store, listingId, commands),
      ])
      const draft = decideBatch(document, commands, archived, taken)
      if (draft && !(await wonOrUnknown(documents.save(listingId, document, draft)))) return false
      await emit(log, events, listingId, document)
      cache.give(partition, listingId, document)
      return true
    })

  /**
   * Sends the dead letter before the next command of the listing is decided: that decision moves the position over this command, so
   * it would never be read again.
   */
  const decideAlone = async (listingId: string, located: Received, signal: AbortSignal): Promise<void> => {
    const failure = await failureOf(() => decidePart(listingId, [located], signal), signal, pause)
    if (!failure) return
    // A recorded decision is the command's result. It cannot be a dead letter too, and its events must still be emitted.
    if (await documents.holds(listingId, located)) throw failure.error
    const { message } = located
    await deadLetters([{ message, cause: 'failing', reason: reasonOf(failure.error) }])
  }

  return async (batch, lease) => {
    const { signal } = lease
    const decideListing = async ([listingId, commands]: [string, Received[]]): Promise<void> => {
      for (const part of partsOf(commands)) {
        try {
          await decidePart(listingId, part, signal)
        } catch (error) {
          if (isOutage(error)) throw error
          for (const located of part) await decideAlone(listingId, located, signal)
        }
      }
    }
    const remaining = handled.remaining(batch.messages, lease)
    const { decoded, unreadable } = decodeBatch(remaining, (message) => authenticCommand(message, verify))
    const listings = Map.groupBy(decoded.map(locate), ({ command }) => command.listingId)
    await eachOf(listings, LISTINGS_AT_ONCE, decideListing)
    await deadLetters(unreadable)
    await handled.commit(batch.messages.at(-1)!.offset, lease)
  }
}

/** Bounds the size of a patch and of its document, however large the lag is. */
function* partsOf(commands: Received[]): Generator<Received[]> {
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

function locate({ message, content }: { message: Message; content: LocatedCommand['command'] }): Received {
  const { partition, offset, timestamp } = message
  // A time in the future would extend the hold, and would make the ids of other commands expire too early.
  const at = Math.min(Date.parse(content.at), timestamp)
  return { command: { ...content, at: instantOf(at) }, partition, offset, at, loggedAt: timestamp, message }
}
