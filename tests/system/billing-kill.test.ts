import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Booking } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import { decodeEvent } from '#domain/dialects/registry.ts'
import { PARTITIONS, TOPICS } from '#domain/topics.ts'
import type { StoredPayment } from '#processor/proposers/billing/embedded/embedded-gateway.ts'
import { received } from '#processor/received.ts'
import { checkPayments } from '#processor/simulation/check-payments.ts'
import type { Doc } from '#store/store.ts'
import { type BillingParts, BOOKINGS_PER_ROUND, openBillingParts, requestsOf, send } from './billing-parts.ts'

/** A processor in the middle of billing, killed with SIGKILL and restarted. */

const KILLS = 30
const PROGRAM = new URL('killed-billing.ts', import.meta.url).pathname

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** Kills the program so long after it has begun to work. */
async function workUntilKilled(round: number, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed.then(() => Promise.reject(new Error('the program ended')))])
  await pause(afterMs)
  child.kill('SIGKILL')
  await closed
}

async function all<T extends Doc>({ store }: BillingParts, collection: string): Promise<T[]> {
  const docs: T[] = []
  for (let cursor: string | undefined; ;) {
    const query = { where: {}, order: { by: '_id' }, limit: 500, ...(cursor !== undefined && { cursor }) }
    const page = await store.scan<T>(collection, query)
    docs.push(...page.docs)
    cursor = page.next
    if (cursor === undefined) return docs
  }
}

async function events({ log }: BillingParts) {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  const bounds = await log.bounds(TOPICS.bookings)
  const messages = await Promise.all(
    partitions.map((partition) => {
      const from = {
        topic: TOPICS.bookings,
        partition,
        offset: bounds.find((one) => one.partition === partition)!.first,
      }
      return log.read(from, 10_000, 0)
    }),
  )
  return messages
    .flat()
    .map((message) => ({ event: decodeEvent(received(message)), partition: message.partition, offset: message.offset }))
}

/** What a payment becomes in the end. */
const SETTLED = new Set(['captured', 'refunded', 'voided', 'failed'])

test(
  'kill -9 in the middle of billing charges no booking twice: bookings, ledger and gateway agree',
  { timeout: 180_000 },
  async () => {
    for (let round = 0; round < KILLS; round++) await workUntilKilled(round, (round * 37) % 160)

    const parts = await openBillingParts(folder)
    try {
      // What a round has not sent before it was killed; the rest are repetitions.
      for (let round = 0; round < KILLS; round++) await send(parts, requestsOf(round, instantOf(Date.now())))
      const unsettled = async () => {
        const bookings = await all<Booking & Doc>(parts, 'bookings')
        const isSettled = ({ status, payment }: Booking) =>
          SETTLED.has(payment!.status) && (status !== 'cancelled' || payment!.status !== 'captured')
        return { known: bookings.length, unsettled: bookings.filter((booking) => !isSettled(booking)).length }
      }
      await expect
        .poll(unsettled, { timeout: 60_000, interval: 100 })
        .toEqual({ known: KILLS * BOOKINGS_PER_ROUND, unsettled: 0 })

      const ledger = await all(parts, 'payments')
      const payments = await all<StoredPayment>(parts, 'gateway_payments')
      const evidence = { all: <T extends Doc>() => ledger as T[] }
      const held = payments.map((payment) => ({ ...payment, price: payment.amount }))
      expect(checkPayments(evidence, { events: await events(parts) }, held)).toEqual([])
      expect(payments).toHaveLength(KILLS * BOOKINGS_PER_ROUND)
      expect(payments.filter(({ captured }) => captured > 0).length).toBeGreaterThan(0)
    } finally {
      await parts.processor.close()
      await parts.log.close()
      await parts.store.close()
    }
  },
)
