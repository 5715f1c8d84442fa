import { setTimeout as pause } from 'node:timers/promises'
import type { Actors, Told } from './actors.ts'
import { type Chance, type Later, type Move, type Offered, planLater, planMove } from './plan.ts'

/** One thing that somebody did, and what came of it. */
export interface Happened extends Told {
  time: string
  who: string
  does: 'request' | Later['does']
  listing: string
  /** First day and, except for flights, last. */
  days: string
  /** The number of the race it was part of. */
  race?: number
}

export interface Traffic {
  actors: Actors
  owner: string
  listings: readonly Offered[]
  rate: number
  seconds: number
  chance: Chance
  tell: (happened: Happened) => void
}

/** A system that is slower than the traffic gets no more of it, rather than a crowd that waits. */
const MOST_UNDER_WAY = 200

/** Until the time is over or it is told to end; then waits for what is under way, and leaves undone what was for later. */
export async function makeTraffic(traffic: Traffic, end: AbortSignal): Promise<void> {
  const over = AbortSignal.any([end, AbortSignal.timeout(traffic.seconds * 1_000)])
  const underWay = new Set<Promise<void>>()
  const start = performance.now()
  for (let n = 1; !over.aborted; n++) {
    if (underWay.size < MOST_UNDER_WAY) {
      const move = planMove(n, traffic.listings, traffic.chance, new Date().toISOString().slice(0, 10))
      const made = makeMove(traffic, move, n, over).finally(() => underWay.delete(made))
      underWay.add(made)
    }
    await pauseUnless(over, start + (n * 1_000) / traffic.rate - performance.now())
  }
  await Promise.all(underWay)
}

async function makeMove(traffic: Traffic, { travelers, wish }: Move, n: number, over: AbortSignal): Promise<void> {
  const listing = traffic.listings.find(({ id }) => id === wish.listingId)!
  const about = { listing: listing.name, days: [wish.checkIn, wish.checkOut].filter(Boolean).join(' to ') }
  const race = travelers.length > 1 ? { race: n } : {}
  const requests = travelers.map(async (who) => {
    const told = await traffic.actors.ask({ role: 'traveler', sub: who }, '/v1/bookings', wish)
    traffic.tell({ time: now(), who, does: 'request', ...about, ...race, ...told })
    await follow(traffic, listing, { who, about, told }, over)
  })
  await Promise.all(requests)
}

interface Made {
  who: string
  about: { listing: string; days: string }
  told: Told
}

/** What becomes of a booking that was made: the owner decides, the traveler may change their mind. */
async function follow(
  traffic: Traffic,
  listing: Offered,
  { who, about, told }: Made,
  over: AbortSignal,
): Promise<void> {
  const later = told.bookingId === null ? null : planLater(told.result, listing, traffic.chance)
  if (!later || told.bookingId === null) return
  await pauseUnless(over, later.afterMs)
  if (over.aborted) return
  const { does } = later
  const sub = does === 'cancel' ? who : traffic.owner
  const role = does === 'cancel' ? 'traveler' : 'owner'
  const next = await traffic.actors.ask({ role, sub }, `/v1/bookings/${told.bookingId}/${does}`)
  traffic.tell({ time: now(), who: sub, does, ...about, ...next })
  await follow(traffic, listing, { who, about, told: next }, over)
}

const now = (): string => new Date().toISOString()

const pauseUnless = (over: AbortSignal, ms: number): Promise<void> =>
  pause(Math.max(0, ms), undefined, { signal: over }).catch(() => undefined)
