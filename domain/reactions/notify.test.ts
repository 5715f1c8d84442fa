import { describe, expect, it } from 'vitest'
import type { Actor } from '../actor.ts'
import type { Booking } from '../booking.ts'
import type { ChannelName } from '../effects.ts'
import { notificationOf, notificationsIn } from '../notification.ts'
import { event } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import {
  accepted,
  admin,
  BOOKING_ID,
  bookingEvent,
  cancelled,
  confirmed,
  LATER,
  listingEvent,
  owner,
  pending,
  refusedEvent,
  rejected,
  stay,
  system,
  traveler,
} from '../testing/samples.ts'
import { notify } from './notify.ts'

const failed: Booking = { ...pending, status: 'failed', holdExpiresAt: null }

it('delivers the event to its recipient in the app', () => {
  const event = bookingEvent(confirmed)
  const effect = { type: 'deliver', id: 'command-2:0:traveler', channel: 'in-app', userId: traveler.id, event }
  expect(notify(event)).toStrictEqual([effect])
})

it('is a complete notification in the app', () => {
  expect(notify(bookingEvent(confirmed)).map(notificationOf)).toStrictEqual([
    {
      id: 'command-2:0:traveler',
      userId: traveler.id,
      bookingId: BOOKING_ID,
      listingId: stay.id,
      type: 'booking.confirmed',
      title: 'Booking confirmed',
      body: 'Your booking for 2026-12-01 to 2026-12-03 is confirmed.',
      createdAt: LATER,
      readAt: null,
    },
  ])
})

it('is one notification in the app, however many channels deliver it', () => {
  const inApp = notify(bookingEvent(confirmed))
  const byMail = inApp.map((effect) => ({ ...effect, channel: 'mail' as ChannelName }))
  expect(notificationsIn([...byMail, ...inApp])).toStrictEqual(inApp.map(notificationOf))
})

describe('the recipients', () => {
  const recipientsOf = (actor: Actor, booking: Booking) =>
    notify(bookingEvent(booking, { actor })).map(({ userId }) => userId)

  it.each([
    ['the owner, of a request', traveler, pending, [owner.id]],
    ['the traveler, of an acceptance', owner, confirmed, [traveler.id]],
    ['the traveler, of an acceptance before payment', owner, accepted, [traveler.id]],
    ['the traveler, of a rejection', owner, rejected, [traveler.id]],
    ['the traveler, of a failure', traveler, failed, [traveler.id]],
    ['the owner, of a cancellation by the traveler', traveler, cancelled, [owner.id]],
    ['the traveler, of a cancellation by the owner', owner, cancelled, [traveler.id]],
    ['both, of a cancellation by an admin', admin, cancelled, [traveler.id, owner.id]],
    ['both, of a cancellation by the system', system, cancelled, [traveler.id, owner.id]],
  ])('are %s', (_, actor, booking, recipients) => {
    expect(recipientsOf(actor, booking)).toStrictEqual(recipients)
  })

  it('do not include the actor', () => {
    const own = { travelerId: owner.id }
    expect(recipientsOf(owner, { ...pending, ...own })).toStrictEqual([])
    expect(recipientsOf(owner, { ...cancelled, ...own })).toStrictEqual([])
  })

  it('do not exist for listing events and refusals', () => {
    expect([...notify(listingEvent()), ...notify(refusedEvent())]).toStrictEqual([])
  })
})

describe('the text', () => {
  const textOf = (booking: Booking) =>
    notify(bookingEvent(booking, { actor: admin, reason: booking.reason })).map(notificationOf)[0]!.body

  it.each([
    [pending, '2 guests ask for 2026-12-01 to 2026-12-03.'],
    [{ ...pending, guests: 1 }, '1 guest asks for 2026-12-01 to 2026-12-03.'],
    [{ ...pending, checkOut: null }, '2 guests ask for 2026-12-01.'],
    [accepted, 'The owner accepted 2026-12-01 to 2026-12-03; the payment is outstanding.'],
    [rejected, 'Your request for 2026-12-01 to 2026-12-03 was rejected.'],
    [{ ...rejected, reason: 'Leak' }, 'Your request for 2026-12-01 to 2026-12-03 was rejected: Leak.'],
    [
      { ...rejected, reason: 'dates_unavailable' },
      'Your request for 2026-12-01 to 2026-12-03 was rejected: the dates are not available.',
    ],
    [{ ...rejected, reason: 'Leak.' }, 'Your request for 2026-12-01 to 2026-12-03 was rejected: Leak.'],
    [{ ...cancelled, reason: 'Why not?' }, 'The booking for 2026-12-01 to 2026-12-03 was cancelled: Why not?'],
    [{ ...cancelled, reason: 'Ill' }, 'The booking for 2026-12-01 to 2026-12-03 was cancelled: Ill.'],
    [
      { ...failed, reason: 'dates_unavailable' },
      'Your request for 2026-12-01 to 2026-12-03 failed: the dates are not available.',
    ],
  ])('describes a booking that is $status', (booking, body) => {
    expect(textOf(booking)).toBe(body)
  })
})

it('makes at most one notification per event and recipient (I8)', () => {
  forAll(event, (event) => {
    const ids = notify(event).map(({ id }) => id)
    const [once, recipients] = [new Set(ids), [`${event.id}:traveler`, `${event.id}:owner`]]
    expect([once.size, once.isSubsetOf(new Set(recipients))]).toStrictEqual([ids.length, true])
  })
})
