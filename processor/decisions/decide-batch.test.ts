import { expect, test } from 'vitest'
import type { Booking } from '#domain/booking.ts'
import type { Command } from '#domain/command.ts'
import type { PaymentReport } from '#domain/payment.ts'
import {
  accept,
  BOOKING_ID,
  cancelled,
  LATER,
  NOW,
  publish,
  request,
  stay,
  system,
  withdraw,
} from '#domain/testing/samples.ts'
import { decideBatch, ID_TTL_MS, MAX_IDS } from './decide-batch.ts'
import { adopt, changeOf, emptyDocument, fromStored, type ListingDocument, toStored } from './listing-document.ts'

const HOUR_MS = 3_600_000
const at = Date.parse(NOW)
const NONE: ReadonlySet<string> = new Set()

/** Decides as if the patch had been acknowledged. */
function decided(document: ListingDocument, commands: Command[], from = 0, time = at, archived: Booking[] = []) {
  const located = commands.map((command, i) => ({ command, partition: 0, offset: from + i, at: time, loggedAt: time }))
  const draft = decideBatch(document, located, new Map(archived.map((booking) => [booking.id, booking])), NONE)!
  const change = document.rev === 0 ? undefined : changeOf(document, draft)
  adopt(document, draft)
  return { draft, change }
}

const idOf = (id: string): Pick<Command, 'id'> => ({ id })

test('a stored document loads unchanged', () => {
  const document = emptyDocument()
  decided(document, [publish(), request(), accept()])
  const { _id, ...stored } = JSON.parse(JSON.stringify(toStored('loft', document)))
  expect(_id).toBe('loft')
  expect(fromStored({ _id, ...stored })).toEqual(document)
})

test('a repeated command changes only the position', () => {
  const document = emptyDocument()
  decided(document, [publish(), request()])
  const { draft } = decided(document, [request()], 2)
  expect(draft.events).toEqual([])
  expect([...draft.pos]).toEqual([[0, 2]])
})

test('commands at or below the position are ignored', () => {
  const document = emptyDocument()
  decided(document, [publish(), request()])
  const command = { ...request(), ...idOf('another') } as Command
  expect(decideBatch(document, [{ command, partition: 0, offset: 1, at, loggedAt: at }], new Map(), NONE)).toBeNull()
})

test('an ended booking stays for one patch and then moves to the archive', () => {
  const document = emptyDocument()
  const cancel = { ...accept(), type: 'CancelBooking', reason: null, ...idOf('cancel') } as Command
  decided(document, [publish(), request()])
  expect(decided(document, [cancel], 2).draft.retired).toEqual([])
  const { draft, change } = decided(document, [{ ...accept(), ...idOf('late') }], 3)
  expect(draft.retired.map(({ id }) => id)).toEqual([BOOKING_ID])
  expect(change!.unset).toContainEqual(['bookings', BOOKING_ID])
  const archived = decided(document, [{ ...accept(), ...idOf('later') }], 4, at, draft.retired)
  expect(archived.draft.events).toMatchObject([{ reason: 'booking_already_decided' }])
})

test('a patch writes only the days whose count has changed', () => {
  const document = emptyDocument()
  const taken = ({ change }: ReturnType<typeof decided>) => change!.set!.filter(([path]) => path[0] === 'taken')
  decided(document, [publish()])
  expect(taken(decided(document, [request()], 1))).toHaveLength(2)
  expect(taken(decided(document, [accept()], 2))).toEqual([])
})

test('an ended booking that a payment changes is retired one patch later, with the change', () => {
  const document = emptyDocument()
  const pay = (result: PaymentReport['result'], amount: number | null = null): Command => ({
    ...accept(),
    type: 'RecordPayment',
    actor: system,
    ...idOf(result),
    report: { result, amount, reference: 'pi_1', nextAction: null, reason: null },
  })
  const cancel = { ...accept(), type: 'CancelBooking', reason: null, ...idOf('cancel') } as Command
  decided(document, [publish({ ...stay, confirmationPolicy: 'payment' }), request(), pay('authorized'), cancel])
  const { draft } = decided(document, [pay('captured')], 4)
  expect(draft.events).toMatchObject([{ type: 'booking.payment_changed' }])
  expect(draft.retired).toEqual([])
  const next = decided(document, [withdraw()], 5).draft
  expect(next.retired).toMatchObject([{ version: 4, payment: { status: 'captured' } }])
  const refunded = decided(document, [pay('refunded', 60_000)], 6, at, next.retired).draft
  expect(refunded.events).toMatchObject([{ booking: { version: 5, payment: { status: 'refunded' } } }])
})

test('an archived booking of another listing is ignored', () => {
  const document = emptyDocument()
  const { draft } = decided(document, [publish(), request()], 0, at, [{ ...cancelled, listingId: 'elsewhere' }])
  expect(draft.events.map(({ type }) => type)).toEqual(['listing.published', 'booking.created'])
})

test('command ids expire after the repetition window plus the longest lag', () => {
  const document = emptyDocument()
  decided(document, [publish()])
  const early = decided(document, [{ ...accept(), ...idOf('early') }], 1, at + ID_TTL_MS)
  expect(early.draft.forgotten).toEqual([])
  const late = decided(document, [{ ...accept(), ...idOf('late') }], 2, at + ID_TTL_MS + HOUR_MS)
  expect(late.draft.forgotten).toEqual([publish().id])
})

test('a document has at most its limit of command ids, and forgets the oldest', () => {
  const document = emptyDocument()
  decided(document, [publish()])
  document.ids = new Map(Array.from({ length: MAX_IDS - 1 }, (_, n) => [`c${n}`, at]))
  decided(document, [{ ...accept(), ...idOf('last') }], 1)
  expect(document.ids.size).toBe(MAX_IDS)
  const { draft, change } = decided(document, [accept(), { ...accept(), ...idOf('more') }], 2)
  expect(draft.forgotten).toEqual(['c0', 'c1'])
  expect(change!.unset).toContainEqual(['ids', 'c1'])
  expect(document.ids.size).toBe(MAX_IDS)
  expect([...document.ids.keys()].slice(-3)).toEqual(['last', accept().id, 'more'])
})

test('the id of a command that was due long before is kept for as long as any other', () => {
  const document = emptyDocument()
  decided(document, [publish(), request()], 0, at + 3 * ID_TTL_MS)
  const expire = { ...idOf('expire'), type: 'ExpireBooking', actor: system, bookingId: BOOKING_ID } as Command
  const overdue = { command: { ...expire, listingId: stay.id, at: LATER }, at, loggedAt: at + 3 * ID_TTL_MS }
  adopt(document, decideBatch(document, [{ ...overdue, partition: 0, offset: 2 }], new Map(), NONE)!)
  decided(document, [accept({ id: 'other' })], 3, at + 3 * ID_TTL_MS)
  expect(decideBatch(document, [{ ...overdue, partition: 0, offset: 4 }], new Map(), NONE)?.events).toEqual([])
})

test('a document of an older release with more command ids shrinks by bounded patches', () => {
  const document = emptyDocument()
  decided(document, [publish()])
  const stored = MAX_IDS + 5_000
  document.ids = new Map(Array.from({ length: stored }, (_, n) => [`c${n}`, at]))
  decided(document, [accept()], 1)
  expect(document.ids.size).toBe(stored - 100)
})

test('a command whose id was forgotten changes nothing when it is repeated', () => {
  const document = emptyDocument()
  const cancel = { ...accept(), type: 'CancelBooking', reason: null, ...idOf('cancel') } as Command
  const commands = [publish(), request(), accept(), cancel]
  decided(document, commands)
  document.ids.clear()
  expect(
    decideBatch(document, [{ command: cancel, partition: 0, offset: 3, at, loggedAt: at }], new Map(), NONE),
  ).toBeNull()
  const { draft } = decided(document, commands, 4)
  expect(draft.events).toMatchObject([
    { type: 'command.refused', reason: 'listing_exists' },
    { type: 'command.refused', reason: 'already_requested' },
    { type: 'command.refused', reason: 'booking_already_decided' },
    { type: 'command.refused', reason: 'booking_already_decided' },
  ])
})

test('a patch contains only its changes, also for a span of centuries', () => {
  const document = emptyDocument()
  decided(document, [publish()])
  const endless = request({ checkIn: '0001-01-01', checkOut: '9999-12-31' })
  const { draft, change } = decided(document, [endless], 1)
  expect(draft.events).toMatchObject([{ type: 'booking.failed', reason: 'invalid_dates' }])
  expect(change!.set!.length + change!.unset!.length).toBeLessThan(12)
})

test('an internal error refuses the command and does not block the partition', () => {
  const document = emptyDocument()
  decided(document, [publish()])
  const broken = { ...request(), request: null } as unknown as Command
  const { draft } = decided(document, [broken], 1)
  expect(draft.events).toMatchObject([{ type: 'command.refused', reason: 'undecidable' }])
})
