import type { Command } from '#domain/command.ts'
import { encodeCommand } from '#domain/dialects/registry.ts'
import { bookingIdOf } from '#domain/ids.ts'
import { addDays, instantOf } from '#domain/civil.ts'
import { DEFAULT_RULES, type Listing } from '#domain/listing.ts'
import type { ConfirmationPolicy } from '#domain/policies.ts'
import { partitionOf } from '#log/partition.ts'
import { encodeSigned } from '../testing/signed-commands.ts'
import { PARTITIONS, type World } from './world.ts'

export const REQUESTS = 'booking-requests'

const HOUR_MS = 3_600_000

/** The longest time for which a client repeats a command, and for which a command waits to be decided. */
const WINDOW_MS = 24 * HOUR_MS

/** Listings share a partition, so that batches hold more than one. Their holds last some hours, so that decisions race with expiry. */
const LISTINGS: Listing[] = [
  listing('stay-2', 'owner', 1, 6),
  listing('stay-3', 'owner+payment', 1, 24),
  listing('hotel-2', 'owner', 2, 12),
  listing('instant-1', 'instant', 1, 24),
  listing('flight-3', 'payment', 1, 9),
]

function listing(id: string, confirmationPolicy: ConfirmationPolicy, capacity: number, holdHours: number): Listing {
  const price = { amount: 100, currency: 'EUR' }
  return {
    id,
    ownerId: `owner-of-${id}`,
    kind: 'hotel',
    name: id,
    capacity,
    maxGuests: 4,
    price,
    timeZone: 'UTC',
    confirmationPolicy,
    ...DEFAULT_RULES,
    decisionWindowMs: holdHours * HOUR_MS,
  }
}

/** Their check-ins are near, so that bookings are completed while others are decided. */
const SOON: ReadonlySet<string> = new Set(['stay-2', 'instant-1'])

export interface Sent {
  command: Command
  partition: number
  offset: number
}

/** Travelers and owners that publish, request, decide, change and repeat commands, and sometimes write unreadable or forged messages. */
export class Clients {
  readonly sent: Sent[] = []
  /** The ids of commands that the store refuses to keep. */
  readonly breaking = new Set<string>()
  readonly nonsense: { partition: number; offset: number }[] = []
  readonly #world: World
  readonly #first = new Map<string, number>()
  readonly #planned: number

  constructor(world: World) {
    this.#world = world
    this.#planned = LISTINGS.length + 20 + world.scheduler.pick(12)
  }

  get done(): boolean {
    return this.sent.length >= this.#planned
  }

  /** Sends one command: a new one or a repetition, at times to the wrong partition. */
  send(): void {
    const { scheduler } = this.#world
    const repeatable = this.sent.filter(({ command }) => this.#world.now - this.#first.get(command.id)! <= WINDOW_MS)
    const again = repeatable.length > 0 && scheduler.random() < 0.25
    const command = again ? { ...scheduler.oneOf(repeatable).command, at: instantOf(this.#world.now) } : this.#next()
    if (!this.#first.has(command.id)) this.#first.set(command.id, this.#world.now)
    if (!again && this.#first.size > LISTINGS.length && scheduler.random() < 0.04) this.breaking.add(command.id)
    const home = partitionOf(command.listingId, PARTITIONS)
    const partition = scheduler.random() < 0.12 ? scheduler.pick(PARTITIONS) : home
    const { offset } = this.#world.append({ topic: REQUESTS, partition, ...encodeSigned(command) })
    this.sent.push({ command, partition, offset })
    if (scheduler.random() < 0.05) this.#writeNonsense()
  }

  /** Advances the time, unless a command would then have waited longer than the tolerated lag. */
  tick(oldestWaiting: number): void {
    const pause = this.#world.scheduler.pick(4) * 3 * HOUR_MS
    if (this.#world.now + pause - oldestWaiting <= WINDOW_MS) this.#world.now += pause
  }

  #next(): Command {
    const { scheduler } = this.#world
    const id = `c${this.#first.size}`
    const at = instantOf(this.#world.now)
    const unpublished = LISTINGS[this.#first.size]
    if (unpublished) return publish(id, at, unpublished)
    const requests = this.sent.map(({ command }) => command).filter((command) => command.type === 'RequestBooking')
    if (requests.length > 0 && scheduler.random() < 0.55) {
      const request = requests[Math.max(0, requests.length - 1 - scheduler.pick(5))]!
      return this.#decision(id, at, request.bookingId, request.listingId)
    }
    const about = scheduler.oneOf(LISTINGS)
    return scheduler.random() < 0.06 ? this.#listingCommand(id, at, about) : this.#request(id, at, about)
  }

  #request(id: string, at: string, { id: listingId, price }: Listing): Command {
    const { scheduler } = this.#world
    const checkIn = addDays(SOON.has(listingId) ? at.slice(0, 10) : '2027-03-01', 1 + scheduler.pick(2))
    const nights = 1 + scheduler.pick(2)
    const dates = { checkIn, checkOut: addDays(checkIn, nights) }
    const request = {
      listingId,
      ...dates,
      guests: 2,
      quantity: 1,
      specialRequests: null,
      paymentMethod: null,
      price: scheduler.random() < 0.1 ? price : null,
    }
    const actor = { role: 'traveler', id: 'traveler-1' } as const
    // Foreign producers choose ids, at times the id of another listing's booking.
    const bookingId = this.#first.size % 4 === 0 ? `BOOK${this.#first.size % 3}` : bookingIdOf(id)
    return { type: 'RequestBooking', id, listingId, actor, at, bookingId, dialect: 'v1', request }
  }

  #decision(id: string, at: string, bookingId: string, listingId: string): Command {
    const { scheduler } = this.#world
    const about = { id, listingId, at, bookingId }
    const owner = { role: 'owner', id: `owner-of-${listingId}` } as const
    const traveler = { role: 'traveler', id: 'traveler-1' } as const
    return scheduler.oneOf<Command>([
      { type: 'AcceptBooking', ...about, actor: owner },
      { type: 'RejectBooking', ...about, actor: owner, reason: null },
      { type: 'CancelBooking', ...about, actor: owner, reason: null },
      { type: 'CancelBooking', ...about, actor: traveler, reason: 'other plans' },
    ])
  }

  /** Lacks only the signature. */
  #forged(): Command {
    const about = this.#world.scheduler.oneOf(LISTINGS)
    const id = `forged-${this.nonsense.length}`
    return { ...publish(id, instantOf(this.#world.now), about), actor: { role: 'system', id: 'forger' } }
  }

  #listingCommand(id: string, at: string, about: Listing): Command {
    const actor = { role: 'owner', id: about.ownerId } as const
    const base = { id, listingId: about.id, actor, at }
    return this.#world.scheduler.oneOf<Command>([
      { type: 'ChangeListing', ...base, changes: { name: `${about.name} ${id}` } },
      { type: 'WithdrawListing', ...base },
      publish(id, at, about),
    ])
  }

  #writeNonsense(): void {
    const partition = this.#world.scheduler.pick(PARTITIONS)
    const message = this.#world.scheduler.oneOf([
      { value: 'not JSON' },
      { value: '{"of":"no known shape"}' },
      encodeCommand(this.#forged()),
    ])
    const { offset } = this.#world.append({ topic: REQUESTS, partition, ...message })
    this.nonsense.push({ partition, offset })
  }
}

const publish = (id: string, at: string, published: Listing): Command => ({
  type: 'PublishListing',
  id,
  listingId: published.id,
  actor: { role: 'owner', id: published.ownerId },
  at,
  listing: published,
})
