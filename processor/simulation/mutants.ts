import { registerHooks } from 'node:module'

/**
 * The protocol with one rule broken: a change to one or two lines of the source, made while it is loaded. The simulation must catch
 * every mutant; a rule without a caught mutant is not tested.
 */
export interface Mutant {
  name: string
  /** The number of the exactly-once rule in ARCHITECTURE.md. */
  rule: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10
  /** Relative to `processor/`. */
  file: string
  find: string
  replace: string
}

const DECISIONS = 'decisions/decisions.ts'
const DOCUMENTS = 'decisions/listing-documents.ts'
const BATCH = 'decisions/decide-batch.ts'
const DOCUMENT = 'decisions/listing-document.ts'
const ANALYTICS = 'sinks/analytics.ts'
const GROUP = 'group-handler.ts'
const ATTEMPTS = 'attempts.ts'
const RUN_PAYMENT = 'proposers/billing/run-payment.ts'
const BILL = '../domain/reactions/bill.ts'
const ROUNDS = 'proposers/timer/rounds.ts'
const TIMERS = 'proposers/timer/timers.ts'
const DEADLINES = '../domain/reactions/timers.ts'
const SETTLE = '../domain/listing/settle.ts'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'patches without compare-and-set',
    rule: 1,
    file: DOCUMENTS,
    find: `changeOf(document, draft), when)`,
    replace: `changeOf(document, draft))`,
  },
  {
    name: 'treats an unknown patch as successful',
    rule: 1,
    file: DECISIONS,
    find: `if (draft && !(await wonOrUnknown(documents.save(listingId, document, draft)))) return false`,
    replace: `if (draft && !(await documents.save(listingId, document, draft).catch(() => true))) return false`,
  },
  {
    name: 'ignores command ids',
    rule: 2,
    file: BATCH,
    find: `const known = document.ids.has(command.id) || draft.ids.has(command.id)`,
    replace: `const known = false`,
  },
  {
    name: 'keeps command ids only as long as clients repeat',
    rule: 2,
    file: BATCH,
    find: `ID_TTL_MS = 48 *`,
    replace: `ID_TTL_MS = 24 *`,
  },
  {
    name: 'ignores positions',
    rule: 2,
    file: BATCH,
    find: `const handled = draft.pos.get(partition) ?? document.pos.get(partition) ?? -1`,
    replace: `const handled = -1`,
  },
  {
    name: 'moves positions for decided commands only',
    rule: 2,
    file: BATCH,
    find: `if (offset > handled) draft.pos.set`,
    replace: `if (offset > handled && !known) draft.pos.set`,
  },
  {
    name: 'has one position for all source partitions',
    rule: 2,
    file: BATCH,
    find: `const { command, partition, offset } = located`,
    replace: `const { command, offset } = located; const partition = 0`,
  },
  {
    name: 'emits only after its own patch',
    rule: 3,
    file: DECISIONS,
    find: `      await emit(log, events, listingId, document)
      cache`,
    replace: `      if (draft) await emit(log, events, listingId, document)
      cache`,
  },
  {
    name: 'emits only the events of its own commands',
    rule: 3,
    file: DECISIONS,
    find: `await emit(log, events, listingId, document)
      cache`,
    replace: `const ids = new Set(commands.map(({ command }) => command.id))
      document.recorded = document.recorded.filter((event) => ids.has(event.command.id))
      await emit(log, events, listingId, document)
      cache`,
  },
  {
    name: 'raises emittedSeq with the decision',
    rule: 3,
    file: DOCUMENT,
    find: `[['emittedSeq'], document.emittedSeq]`,
    replace: `[['emittedSeq'], draft.seq]`,
  },
  {
    name: 'drops recorded events before they are emitted',
    rule: 3,
    file: DOCUMENT,
    find: `[['recorded'], [...unemitted(document), ...draft.events]]`,
    replace: `[['recorded'], draft.events]`,
  },
  {
    name: 'sends events without waiting for the previous acknowledgement',
    rule: 3,
    file: DECISIONS,
    find: `await log.send(chunk.map((event) => ({ topic, partition, ...encodeEvent(event) })))`,
    replace: `await Promise.all(chunk.map((event) => log.send([{ topic, partition, ...encodeEvent(event) }])))`,
  },
  {
    name: 'does not repeat an unknown send',
    rule: 3,
    file: DECISIONS,
    find: `...encodeEvent(event) })))`,
    replace: `...encodeEvent(event) }))).catch(() => undefined)`,
  },
  {
    name: 'archives in the patch that ends the booking',
    rule: 4,
    file: BATCH,
    find: `draft.retired = ended(document.state).filter(({ id }) => !draft.touched.bookings.has(id))`,
    replace: `draft.retired = ended(draft.state)`,
  },
  {
    name: 'archives after the booking has left the document',
    rule: 4,
    file: DOCUMENTS,
    find: `await this.#archive(draft.retired)`,
    replace: `setImmediate(() => void this.#archive(draft.retired).catch(() => undefined))`,
  },
  {
    name: 'does not read the archive',
    rule: 4,
    file: DOCUMENTS,
    find: `if (ids.length === 0 || !document.hasArchived) return`,
    replace: `if (ids.length >= 0) return`,
  },
  {
    name: 'does not store that it has archived',
    rule: 4,
    file: DOCUMENT,
    find: `if (draft.retired.length > 0) put(['hasArchived'], true)`,
    replace: ``,
  },
  {
    name: 'does not keep in memory that it has archived',
    rule: 4,
    file: DOCUMENT,
    find: `document.hasArchived ||= draft.retired.length > 0`,
    replace: ``,
  },
  {
    name: 'commits before it decides',
    rule: 5,
    file: DECISIONS,
    find: `const remaining = handled.remaining(batch.messages, lease)`,
    replace: `await lease.commit(batch.messages.at(-1)!.offset); const remaining = batch.messages`,
  },
  {
    name: 'commits before the log has the dead letters',
    rule: 5,
    file: DECISIONS,
    find: `await deadLetters(unreadable)`,
    replace: `void deadLetters(unreadable).catch(() => undefined)`,
  },
  {
    name: 'commits before the last listing is done',
    rule: 5,
    file: DECISIONS,
    find: `await eachOf(listings, LISTINGS_AT_ONCE, decideListing)`,
    replace: `await Promise.any([...listings].map(decideListing)).catch(() => undefined)`,
  },
  {
    name: 'writes booking views regardless of their version',
    rule: 6,
    file: 'sinks/views.ts',
    find: `replacing(booking), { path: ['version'], below: booking.version })`,
    replace: `replacing(booking))`,
  },
  {
    name: 'writes listing views regardless of their seq',
    rule: 6,
    file: 'sinks/views.ts',
    find: `replacing(view), { path: ['seq'], below: seq })`,
    replace: `replacing(view))`,
  },
  {
    name: 'names notifications after the position of the event',
    rule: 6,
    file: 'effects.ts',
    find: `located.flatMap(({ event }) => react(event))`,
    replace: `located.flatMap(({ event, offset }) => react(event).map((effect) => ({ ...effect, id: effect.id + offset })))`,
  },
  {
    name: 'counts without checkpoints',
    rule: 6,
    file: ANALYTICS,
    find: `if (seq <= (seen.get(listingId) ?? 0)) return false`,
    replace: ``,
  },
  {
    name: 'does not move checkpoints within a batch',
    rule: 6,
    file: ANALYTICS,
    find: `seen.set(listingId, seq)`,
    replace: ``,
  },
  {
    name: 'counts without positions in the roll-ups',
    rule: 6,
    file: ANALYTICS,
    find: `offset > (counted ?? -1)`,
    replace: `offset >= 0`,
  },
  {
    name: 'counts a whole batch by its last offset',
    rule: 6,
    file: ANALYTICS,
    find: `events.filter(({ offset }) => offset > (counted ?? -1))`,
    replace: `events.at(-1)!.offset > (counted ?? -1) ? events : []`,
  },
  {
    name: 'sets checkpoints instead of raising them',
    rule: 6,
    file: ANALYTICS,
    find: `{ max: [[['seq'], seq]], upsert: true }`,
    replace: `{ set: [[['seq'], seq]], upsert: true }`,
  },
  {
    name: 'treats a refused count as successful',
    rule: 6,
    file: ANALYTICS,
    find: `if (await add(events, { path, below: events[0]!.offset })) return`,
    replace: `if ((await add(events, { path, below: events[0]!.offset })) || true) return`,
  },
  {
    name: 'counts in a roll-up regardless of its position',
    rule: 6,
    file: ANALYTICS,
    find: `if (await add(events, { path, below: events[0]!.offset })) return`,
    replace: `if (await add(events, { path, below: Number.MAX_SAFE_INTEGER })) return`,
  },
  {
    name: 'counts although the position has moved since it was read',
    rule: 6,
    file: ANALYTICS,
    find: `add(above, { path, is: counted ?? null })`,
    replace: `add(above, { path, below: Number.MAX_SAFE_INTEGER })`,
  },
  {
    name: 'blocks the partition with a message that always fails',
    rule: 7,
    file: ATTEMPTS,
    find: `if (attempt === MAX_ATTEMPTS) return`,
    replace: `if (attempt < 0) return`,
  },
  {
    name: 'skips a message that always fails without a dead letter',
    rule: 7,
    file: GROUP,
    find: `await deadLetters([...unreadable, ...failing])`,
    replace: `await deadLetters(unreadable)`,
  },
  {
    name: 'gives up a whole batch for one message',
    rule: 7,
    file: GROUP,
    find: `for (const message of remaining) await handleAlone(message, lease)`,
    replace: `await deadLetters(decoded.map(({ message }) => ({ message, cause: 'failing', reason: 'batch' })))
      await handled.commit(messages.at(-1)!.offset, lease)`,
  },
  {
    name: 'treats an outage as the fault of the message',
    rule: 7,
    file: ATTEMPTS,
    find: `if (isOutage(error)) throw error
      if (attempt === MAX_ATTEMPTS) return`,
    replace: `if (isOutage(error) || attempt === MAX_ATTEMPTS) return`,
  },
  {
    name: 'handles messages again in a repeated batch that were handled alone',
    rule: 7,
    file: 'handled-offsets.ts',
    find: `this.#last.set(lease, last)`,
    replace: ``,
  },
  {
    name: 'blocks the partition with a command that always fails',
    rule: 7,
    file: DECISIONS,
    find: `if (isOutage(error)) throw error`,
    replace: `if (error) throw error`,
  },
  {
    name: 'decides the next command before the log has the dead letter of a failing one',
    rule: 7,
    file: DECISIONS,
    find: `await deadLetters([{ message, cause: 'failing', reason: reasonOf(failure.error) }])`,
    replace: `void deadLetters([{ message, cause: 'failing', reason: reasonOf(failure.error) }]).catch(() => undefined)`,
  },
  {
    name: 'gives up a listing for one command',
    rule: 7,
    file: DECISIONS,
    find: `for (const located of part) await decideAlone(listingId, located, signal)`,
    replace: `await deadLetters(part.map(({ message }) => ({ message, cause: 'failing', reason: 'part' })))`,
  },
  {
    name: 'decides commands without a signature',
    rule: 8,
    file: 'command-signing.ts',
    find: `if (fault !== null) throw`,
    replace: `if (fault === 'wrong signature') throw`,
  },
  {
    name: 'lets two listings have a booking of one id',
    rule: 8,
    file: 'decisions/booking-claims.ts',
    find: `claim.listingId !== listingId`,
    replace: `claim.listingId === ''`,
  },
  {
    name: 'decides by its own clock',
    rule: 9,
    file: DECISIONS,
    find: `const at = Math.min(Date.parse(content.at), timestamp)`,
    replace: `const at = Date.now()`,
  },
  {
    name: 'refuses decisions after the end of the hold, before it expires',
    rule: 9,
    file: SETTLE,
    find: `  if (command.type === 'RemindOwner'`,
    replace: `  if (command.type === 'AcceptBooking' && booking.holdExpiresAt !== null && command.at >= booking.holdExpiresAt)
    return 'booking_already_decided'
  if (command.type === 'RemindOwner'`,
  },
  {
    name: 'proposes the deadlines of every partition',
    rule: 9,
    file: ROUNDS,
    find: `where: { partition }, order`,
    replace: `where: {}, order`,
  },
  {
    name: 'removes a timer before the log has its command',
    rule: 9,
    file: ROUNDS,
    find: `await propose(due.map(([, deadline]) => deadline))`,
    replace: `void propose(due.map(([, deadline]) => deadline)).catch(() => undefined)`,
  },
  {
    name: 'proposes deadlines although the group lags',
    rule: 9,
    file: ROUNDS,
    find: `await allHandled(partition, signal, deps)`,
    replace: ``,
  },
  {
    name: 'gives each proposal its own id',
    rule: 9,
    file: ROUNDS,
    find: `await propose(due.map(([, deadline]) => deadline))`,
    replace: `await propose(due.map(([, deadline]) => ({ ...deadline, id: crypto.randomUUID() })))`,
  },
  {
    name: 'proposes before the time has come',
    rule: 9,
    file: ROUNDS,
    find: `=> dueAt <= at`,
    replace: `=> dueAt <= at + 7_200_000`,
  },
  {
    name: 'removes a timer after its first deadline',
    rule: 9,
    file: TIMERS,
    find: `if (!next) await`,
    replace: `if (next || !next) await`,
  },
  {
    name: 'has one timer for all versions of a booking',
    rule: 9,
    file: DEADLINES,
    find: '`${id}:${version}`',
    replace: `id`,
  },
  {
    name: 'ends no hold of an accepted booking',
    rule: 9,
    file: DEADLINES,
    find: `accepted: [expire],`,
    replace: `accepted: [],`,
  },
  {
    name: 'commits before the timers are stored',
    rule: 9,
    file: TIMERS,
    find: `    await Promise.all([
      ...set.map(`,
    replace: `    void Promise.allSettled([
      ...set.map(`,
  },
  {
    name: 'asks the payment gateway with another key each time',
    rule: 10,
    file: RUN_PAYMENT,
    find: `paymentMethod }, id)`,
    replace: `paymentMethod }, id + performance.now())`,
  },
  {
    name: 'captures before the confirmation',
    rule: 10,
    file: BILL,
    find: `status === 'confirmed' || status === 'completed'`,
    replace: `status === 'pending' || status === 'confirmed' || status === 'completed'`,
  },
  {
    name: 'voids what was captured',
    rule: 10,
    file: BILL,
    find: `captured: refundIfEnded,`,
    replace: `captured: voidIfEnded,`,
  },
  {
    name: 'does not propose a result of the ledger after a crash',
    rule: 10,
    file: RUN_PAYMENT,
    find: `if (recorded ||`,
    replace: `if (ended || recorded ||`,
  },
  {
    name: 'notes that the log has a result before it has it',
    rule: 10,
    file: RUN_PAYMENT,
    find: `return propose([commandOf(pay, ended)])`,
    replace: `return void propose([commandOf(pay, ended)]).catch(() => undefined)`,
  },
  {
    name: 'does not go on late with what has begun in time',
    rule: 10,
    file: RUN_PAYMENT,
    find: `if (recorded || begun.omitted) return`,
    replace: `if (recorded || begun.omitted || isTooLate(pay, now())) return`,
  },
]

const PROCESSOR = new URL('../', import.meta.url)

/** Loads the mutant from now on. Throws if its source line does not occur exactly once, so that no mutant goes stale. */
export function plant({ file, find, replace }: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (url !== new URL(file, PROCESSOR).href || !loaded.source) return loaded
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
      if (source.split(find).length !== 2)
        throw new Error(`the mutant's line must occur exactly once in ${file}: ${find}`)
      return { ...loaded, source: source.replace(find, () => replace) }
    },
  })
}
