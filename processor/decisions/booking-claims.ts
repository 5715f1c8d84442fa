import { isOwnBookingId } from '#domain/ids.ts'
import type { Doc, Store } from '#store/store.ts'
import type { BookingAlias } from '../sinks/views.ts'
import type { LocatedCommand } from './decide-batch.ts'

/** The listing that a booking id belongs to for ever. */
interface BookingClaim extends Doc {
  listingId: string
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Claims the ids that foreign producers have chosen for bookings of this listing. Ids of our own cannot coincide, so they need no
 * claim. Safe to repeat: the first claim of an id lasts.
 * @returns the ids that the requests must not take: another listing has claimed them, or they are aliases of another booking
 */
export async function takenIds(
  store: Store,
  listingId: string,
  commands: readonly LocatedCommand[],
): Promise<ReadonlySet<string>> {
  const chosen = new Set(
    commands.flatMap(({ command }) => (command.type === 'RequestBooking' ? command.bookingId : [])),
  )
  const ids = [...chosen].filter((id) => !isOwnBookingId(id))
  if (ids.length === 0) return NONE
  const isNew = await Promise.all(ids.map((id) => store.insert('booking_claims', { _id: id, listingId })))
  const [claims, aliases] = await Promise.all([
    store.getMany<BookingClaim>(
      'booking_claims',
      ids.filter((_, n) => !isNew[n]),
    ),
    store.getMany<BookingAlias>(
      'booking_aliases',
      ids.map((id) => id.toLowerCase()),
    ),
  ])
  const claimed = claims.filter((claim) => claim.listingId !== listingId).map(({ _id }) => _id)
  const named = new Set(aliases.map(({ _id }) => _id))
  return new Set([...claimed, ...ids.filter((id) => named.has(id.toLowerCase()))])
}
