import { DEFAULT_RULES, type Listing } from '#domain/listing.ts'

/** The owner of the demo listings; `npm start` prints a token for them. */
export const DEMO_OWNER = 'owner-1'

const usd = (amount: number) => ({ amount, currency: 'USD' })

const demo = { ...DEFAULT_RULES, ownerId: DEMO_OWNER, timeZone: 'UTC' }
const stay = { ...demo, kind: 'stay', capacity: 1, confirmationPolicy: 'owner' } as const
const byPayment = { ...demo, confirmationPolicy: 'payment' } as const

/** The listings that the documents' examples book. */
export const DEMO_LISTINGS: readonly Listing[] = [
  { id: 'listing-123', ...stay, name: 'City loft', maxGuests: 4, price: usd(12_500) },
  { id: '507f1f77bcf86cd799439012', ...stay, name: 'Luxury Beach Villa', maxGuests: 8, price: usd(30_000) },
  { id: '1', ...stay, name: 'Garden cottage', maxGuests: 4, price: usd(10_000) },
  {
    id: 'FLIGHT456',
    ...byPayment,
    kind: 'flight',
    name: 'SFO to LIS',
    capacity: 180,
    maxGuests: 9,
    price: usd(45_000),
  },
  {
    id: 'HOTEL789',
    ...byPayment,
    kind: 'hotel',
    name: 'Harbour Hotel',
    capacity: 40,
    maxGuests: 4,
    price: usd(18_000),
  },
  { id: 'CAR321', ...byPayment, kind: 'car', name: 'Compact cars', capacity: 25, maxGuests: 5, price: usd(5_500) },
]
