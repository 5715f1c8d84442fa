import { setTimeout as pause } from 'node:timers/promises'
import type { Actors, Outcome } from './actors.ts'
import { type Chance, type Later, type Move, type Offered, planLater, planMove } from './plan.ts'

/** One request of an actor, and its outcome. */
export interface Happened extends Outcome {
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
  report: (happened: Happened) => void
}

/** Above this, a slow system receives no new requests until it has answered some. */
const MAX_IN_FLIGHT = 200

/** Runs until the time is over or `end`; then waits for the answers in flight and drops planned later requests. */
export async function makeTraffic(traffic: Traffic, end: AbortSignal): Promise<void> {
  const over = AbortSignal.any([end, AbortSignal.timeout(traffic.seconds * 1_000)])
  const inFlight = new Set<Promise<void>>()
  const start = performance.now()
  for (let n = 1; !over.aborted; n++) {
    if (inFlight.size < MAX_IN_FLIGHT) {
      const move = planMove(n, traffic.listings, traffic.chance, new Date().toISOString().slice(0, 10))
      const made = makeMove(traffic, move, n, over).finally(() => inFlight.delete(made))
      inFlight.add(made)
    }
    await pauseUnless(over, start + (n * 1_000) / traffic.rate - performance.now())
  }
  await Promise.all(inFlight)
}

async function makeMove(traffic: Traffic, { travelers, body }: Move, n: number, over: AbortSignal): Promise<void> {
  const listing = traffic.listings.find(({ id }) => id === body.listingId)!
  const about = { listing: listing.name, days: [body.checkIn, body.checkOut].filter(Boolean).join(' to ') }
  const race = travelers.length > 1 ? { race: n } : {}
  const requests = travelers.map(async (who) => {
    const outcome = await traffic.actors.ask({ role: 'traveler', sub: who }, '/v1/bookings', body)
    traffic.report({ time: now(), who, does: 'request', ...about, ...race, ...outcome })
    await follow(traffic, listing, { who, about, outcome }, over)
  })
  await Promise.all(requests)
}

interface Made {
  who: string
  about: { listing: string; days: string }
  outcome: Outcome
}

/** Continues a booking: the owner decides, the traveler may cancel. */
async function follow(
  traffic: Traffic,
  listing: Offered,
  { who, about, outcome }: Made,
  over: AbortSignal,
): Promise<void> {
  const later = outcome.bookingId === null ? null : planLater(outcome.result, listing, traffic.chance)
  if (!later || outcome.bookingId === null) return
  await pauseUnless(over, later.afterMs)
  if (over.aborted) return
  const { does } = later
  const sub = does === 'cancel' ? who : traffic.owner
  const role = does === 'cancel' ? 'traveler' : 'owner'
  const next = await traffic.actors.ask({ role, sub }, `/v1/bookings/${outcome.bookingId}/${does}`)
  traffic.report({ time: now(), who: sub, does, ...about, ...next })
  await follow(traffic, listing, { who, about, outcome: next }, over)
}

const now = (): string => new Date().toISOString()

const pauseUnless = (over: AbortSignal, ms: number): Promise<void> =>
  pause(Math.max(0, ms), undefined, { signal: over }).catch(() => undefined)
