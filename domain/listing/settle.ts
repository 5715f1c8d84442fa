import type { Booking } from '../booking.ts'
import type { BookingCommand } from '../command.ts'
import type { Fact } from '../event.ts'
import type { Listing } from '../listing.ts'
import { factsAlong, refused } from './facts.ts'
import { isParty } from './rights.ts'
import { pathFrom, transitionsFor } from './transitions.ts'

/** What a command does to a booking that exists. */
export function settle(
  command: BookingCommand,
  booking: Booking | undefined,
  listing: Listing | null,
): [Fact, ...Fact[]] {
  if (!booking || !listing) return [refused('unknown_booking', null, command.bookingId)]
  const { type, actor, at, expectedVersion } = command
  const rows = transitionsFor(type, actor)
  if (rows.length === 0 || !isParty(actor, booking)) return [refused('not_yours', booking)]
  if (expectedVersion !== undefined && ![expectedVersion].flat().includes(booking.version))
    return [refused('version_mismatch', booking)]
  const path = pathFrom(booking.status, rows, { policy: listing.confirmationPolicy, possible: true })
  if (typeof path === 'string') return [refused(path, booking)]
  return factsAlong(path, booking, at, 'reason' in command ? command.reason : null)
}
