import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import type { Listing } from '#domain/listing.ts'
import type { Log } from '#log/log.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { Store } from '#store/store.ts'
import { encoderSignedBy } from '../command-signing.ts'
import { DEMO_LISTINGS } from './demo-listings.ts'
import type { Processor } from '../processor.ts'
import type { Waiters } from '../api/waiters.ts'

export interface DemoDeps {
  log: Log
  store: Store
  topic: string
  /** The first one signs the commands. */
  commandKeys: SigningKeys
  waiters: Waiters
  now: () => number
  /** Starts every group for the time of the publishing. Absent if all groups run already. */
  startGroups?: () => Promise<Processor>
}

/**
 * Publishes the demo listings that were never published, by commands on the log as for any listing. The command ids are fixed,
 * so each listing is published once, also by several processes at the same time. Resolves when all are in the views.
 */
export async function publishDemoListings(deps: DemoDeps): Promise<void> {
  const { log, store, topic } = deps
  const existing = await store.getMany(
    'listings',
    DEMO_LISTINGS.map(({ id }) => id),
  )
  const missing = DEMO_LISTINGS.filter(({ id }) => existing.every(({ _id }) => _id !== id))
  const commands = missing.map((listing) => publish(listing, deps.now()))
  if (commands.length === 0) return
  const processor = await deps.startGroups?.()
  try {
    const encode = encoderSignedBy(deps.commandKeys)
    await log.send(commands.map((command) => ({ topic, ...encode(command) })))
    await Promise.all(commands.map((command) => published(command, deps)))
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

const LIMIT_MS = 15_000

async function published({ id }: Command, { store, waiters }: DemoDeps): Promise<void> {
  if (await waiters.until('receipt', id, LIMIT_MS, () => store.get('receipts', id))) return
  throw new Error('the demo listings were not published in time')
}
