import { join } from 'node:path'
import type { Command } from '#domain/command.ts'
import { flight, publish } from '#domain/testing/samples.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { SILENT } from '#platform/log-line.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { type Processor, startProcessor } from '#processor/processor.ts'
import { openGateway } from '#processor/proposers/billing/open.ts'
import { encodeSigned } from '#processor/testing/signed-commands.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'

/** For tests: a processor that decides and bills on the embedded drivers in a folder. */
export interface BillingParts {
  log: Log
  store: Store
  processor: Processor
}

export async function openBillingParts(folder: string): Promise<BillingParts> {
  const log = openEmbeddedLog({ file: join(folder, 'log.db') })
  await log.createTopics(plannedTopics(TOPICS))
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), collections: COLLECTIONS })
  const options = { store, commandKeys: COMMAND_KEYS, edgeUrl: () => '', end: AbortSignal.abort() }
  const { gateway } = openGateway('embedded', options)!
  const waiters = { wake: () => undefined }
  const deps = { log, store, topics: TOPICS, commandKeys: COMMAND_KEYS, waiters, logger: SILENT, gateway }
  const processor = await startProcessor({ ...deps, roles: ['decisions', 'views', 'billing'] })
  return { log, store, processor }
}

export const send = ({ log }: BillingParts, commands: readonly Command[]) =>
  log.send(commands.map((command) => ({ topic: TOPICS.requests, ...encodeSigned(command) })))

export const BOOKINGS_PER_ROUND = 12

const CANCELLED_AFTER = 3

const METHODS = [null, 'pm_card_visa', 'pm_timeout', 'pm_card_chargeDeclined']

export const bookingIn = (round: number, n: number): string => `b${round}-${n}`

/** New bookings, and cancellations of those of some rounds before. */
export function requestsOf(round: number, at: string): Command[] {
  const listing = { ...flight, capacity: 10_000, confirmationPolicy: 'payment' as const }
  const traveler = { role: 'traveler', id: 'tara' } as const
  const numbers = Array.from({ length: BOOKINGS_PER_ROUND }, (_, n) => n)
  return [
    { ...publish(listing), at },
    ...numbers.map((n): Command => {
      const details = { checkIn: '2034-01-01', checkOut: null, guests: 1, quantity: 1 }
      const request = { listingId: listing.id, ...details, specialRequests: null, price: null }
      const about = { id: `r${round}-${n}`, listingId: listing.id, bookingId: bookingIn(round, n), actor: traveler, at }
      const paymentMethod = METHODS[n % METHODS.length]!
      return { type: 'RequestBooking', ...about, dialect: 'v1', request: { ...request, paymentMethod } }
    }),
    ...(round < CANCELLED_AFTER ? [] : numbers.slice(0, 5)).map((n): Command => {
      const about = {
        id: `c${round}-${n}`,
        listingId: listing.id,
        bookingId: bookingIn(round - CANCELLED_AFTER, n),
        actor: traveler,
        at,
      }
      return { type: 'CancelBooking', ...about, reason: null }
    }),
  ]
}
