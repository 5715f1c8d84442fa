/** Believable traffic as data: who requests what, and what happens to it later. Pure; chance is an argument. */
import { addDays } from '#domain/civil.ts'
import { KINDS } from '#domain/kinds.ts'
import type { Listing } from '#domain/listing.ts'
import { mustAgree } from '#domain/policies.ts'

/** At least 0, below 1. */
export type Chance = () => number

/** Body of `POST /v1/bookings`. */
export interface RequestBody {
  listingId: string
  checkIn: string
  /** Flights have none. */
  checkOut?: string
  guests: number
  /** Of listings that need a payment. */
  paymentMethod?: string
}

/** The next requests: one traveler's, or a race of several for the same nights. */
export interface Move {
  travelers: readonly string[]
  body: RequestBody
}

export type Offered = Pick<Listing, 'id' | 'name' | 'kind' | 'capacity' | 'maxGuests' | 'confirmationPolicy'>

/** Every twelfth move is a race. */
const RACE_EVERY = 12
const TRAVELERS = 12
const FIRST_DAY = 14
const DAYS = 1_200

/** The nth move, from 1 on. Travelers race only for listings with capacity 1, so that at most one of them can win. */
export function planMove(n: number, listings: readonly Offered[], chance: Chance, today: string): Move {
  const single = listings.filter(({ capacity }) => capacity === 1)
  const isRace = n % RACE_EVERY === 0 && single.length > 0
  const body = planBody(pick(isRace ? single : listings, chance), chance, today)
  const first = whole(1, TRAVELERS, chance)
  const count = isRace ? whole(3, 6, chance) : 1
  return { travelers: Array.from({ length: count }, (_, i) => travelerAt(first + i)), body }
}

const travelerAt = (n: number): string => `demo-traveler-${((n - 1) % TRAVELERS) + 1}`

function planBody({ id, kind, maxGuests, confirmationPolicy }: Offered, chance: Chance, today: string): RequestBody {
  const checkIn = addDays(today, whole(FIRST_DAY, FIRST_DAY + DAYS, chance))
  const nights = whole(1, 6, chance)
  const guests = whole(1, Math.min(maxGuests, 4), chance)
  const { hasCheckOut } = KINDS[kind].span
  const request = { listingId: id, checkIn, ...(hasCheckOut && { checkOut: addDays(checkIn, nights) }), guests }
  return mustAgree(confirmationPolicy, 'payment') ? { ...request, paymentMethod: planMethod(chance) } : request
}

const DECLINED = 0.15

/** Methods of the embedded payment gateway, which Stripe has in its test mode too. */
const planMethod = (chance: Chance): string =>
  chance() < DECLINED ? pick(['pm_card_chargeDeclined', 'pm_card_insufficientFunds'], chance) : 'pm_card_visa'

/** A later request about a booking. */
export interface Later {
  does: 'accept' | 'reject' | 'cancel'
  afterMs: number
}

const REJECTED = 0.15
const CANCELLED = 0.2

/** The owner decides a pending booking if the policy is the owner's; some travelers cancel. Null: the booking stays as it is. */
export function planLater(status: string, { confirmationPolicy }: Offered, chance: Chance): Later | null {
  if (status === 'pending' && mustAgree(confirmationPolicy, 'owner'))
    return { does: chance() < REJECTED ? 'reject' : 'accept', afterMs: whole(400, 3_000, chance) }
  if (status !== 'pending' && status !== 'confirmed') return null
  return chance() < CANCELLED ? { does: 'cancel', afterMs: whole(800, 4_000, chance) } : null
}

const pick = <T>(list: readonly T[], chance: Chance): T => list[whole(0, list.length - 1, chance)]!

const whole = (from: number, to: number, chance: Chance): number => from + Math.floor(chance() * (to - from + 1))
