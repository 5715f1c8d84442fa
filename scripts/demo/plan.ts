/** What believable traffic is, as data: who wishes for what, and what becomes of it later. Pure; chance comes in. */
import { addDays } from '#domain/civil.ts'
import { KINDS } from '#domain/kinds.ts'
import type { Listing } from '#domain/listing.ts'
import { mustAgree } from '#domain/policies.ts'

/** At least 0, below 1. */
export type Chance = () => number

export interface Wish {
  listingId: string
  checkIn: string
  /** Flights have none. */
  checkOut?: string
  guests: number
}

/** What travelers do next: one asks, or several race for the same nights. */
export interface Move {
  travelers: readonly string[]
  wish: Wish
}

export type Offered = Pick<Listing, 'id' | 'name' | 'kind' | 'capacity' | 'maxGuests' | 'confirmationPolicy'>

/** Every so many moves, several travelers want the same nights at once. */
const RACE_EVERY = 12
const TRAVELERS = 12
const FIRST_DAY = 14
const DAYS = 1_200

/** The nth move, from 1 on. Travelers race only for listings with capacity 1, so that at most one of them can win. */
export function planMove(n: number, listings: readonly Offered[], chance: Chance, today: string): Move {
  const single = listings.filter(({ capacity }) => capacity === 1)
  const isRace = n % RACE_EVERY === 0 && single.length > 0
  const wish = planWish(pick(isRace ? single : listings, chance), chance, today)
  const first = whole(1, TRAVELERS, chance)
  const count = isRace ? whole(3, 6, chance) : 1
  return { travelers: Array.from({ length: count }, (_, i) => travelerAt(first + i)), wish }
}

const travelerAt = (n: number): string => `traveler-${((n - 1) % TRAVELERS) + 1}`

function planWish({ id, kind, maxGuests }: Offered, chance: Chance, today: string): Wish {
  const checkIn = addDays(today, whole(FIRST_DAY, FIRST_DAY + DAYS, chance))
  const nights = whole(1, 6, chance)
  const guests = whole(1, Math.min(maxGuests, 4), chance)
  const { hasCheckOut } = KINDS[kind].span
  return { listingId: id, checkIn, ...(hasCheckOut && { checkOut: addDays(checkIn, nights) }), guests }
}

/** What somebody does about a booking, some time after it was made. */
export interface Later {
  does: 'accept' | 'reject' | 'cancel'
  afterMs: number
}

const REJECTED = 0.15
const CANCELLED = 0.2

/** The owner decides what is pending, where owners do; some travelers change their minds. Null: it stays as it is. */
export function planLater(status: string, { confirmationPolicy }: Offered, chance: Chance): Later | null {
  if (status === 'pending' && mustAgree(confirmationPolicy, 'owner'))
    return { does: chance() < REJECTED ? 'reject' : 'accept', afterMs: whole(400, 3_000, chance) }
  if (status !== 'pending' && status !== 'confirmed') return null
  return chance() < CANCELLED ? { does: 'cancel', afterMs: whole(800, 4_000, chance) } : null
}

const pick = <T>(list: readonly T[], chance: Chance): T => list[whole(0, list.length - 1, chance)]!

const whole = (from: number, to: number, chance: Chance): number => from + Math.floor(chance() * (to - from + 1))
