import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import { encodeCommand } from '#domain/dialects/registry.ts'
import type { Listing } from '#domain/listing.ts'
import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import { DEMO_LISTINGS } from './demo-listings.ts'
import type { Processor } from '../processor.ts'
import type { Waiters } from '../api/waiters.ts'

export interface SeedDeps {
  log: Log
  store: Store
  topic: string
  waiters: Waiters
  now: () => number
  /** Every group, for as long as it takes, where those that run later may be fewer. Absent where all run already. */
  process?: () => Promise<Processor>
}

/**
 * Publishes the demo listings that were never published, as anybody would: by commands on the log. Their ids are fixed, so
 * that of several processes that do so at once each command decides once.
 */
export async function seed(deps: SeedDeps): Promise<void> {
  const { log, store, topic } = deps
  const published = await store.getMany(
    'listings',
    DEMO_LISTINGS.map(({ id }) => id),
  )
  const missing = DEMO_LISTINGS.filter(({ id }) => published.every(({ _id }) => _id !== id))
  const commands = missing.map((listing) => publish(listing, deps.now()))
  if (commands.length === 0) return
  const processor = await deps.process?.()
  try {
    await log.send(commands.map((command) => ({ topic, ...encodeCommand(command) })))
    await Promise.all(commands.map((command) => told(command, deps)))
  } finally {
    await processor?.close()
  }
}

const publish = (listing: Listing, now: number): Command => ({
  type: 'PublishListing',
  id: `demo-${listing.id}`,
  listingId: listing.id,
  actor: { role: 'system', id: 'demo' },
  at: instantOf(now),
  listing,
})

const SEED_LIMIT_MS = 15_000

async function told({ id }: Command, { store, waiters }: SeedDeps): Promise<void> {
  if (await waiters.until('receipt', id, SEED_LIMIT_MS, () => store.get('receipts', id))) return
  throw new Error('the demo listings were not published in time')
}
