import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Command } from '#domain/command.ts'
import { encodeCommand } from '#domain/dialects/dialects.ts'
import type { Event } from '#domain/event.ts'
import { receiptOf } from '#domain/projections/receipt.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { COLLECTIONS } from '../collections.ts'
import { startProcessor } from '../processor.ts'
import { createApi } from './app.ts'
import { createWaiters, type Waiters } from './waiters.ts'

const { tokens, sign } = await createSigner()
const token = await sign({ role: 'owner', sub: 'o1' })

let log: Log
let store: Store
let waiters: Waiters

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  await log.createTopics(plannedTopics(TOPICS))
  waiters = createWaiters()
})

afterEach(async () => {
  await log.close()
  await store.close()
})

const report = ({ error }: { error: unknown }) => {
  throw error
}

/** As the edge sends it when the owner gave no id: the listing's id is that of the command. */
const publish = {
  type: 'PublishListing',
  id: 'c1',
  listingId: 'c1',
  actor: { role: 'owner', id: 'o1' },
  at: '2026-11-21T10:00:00.000Z',
  listing: {
    id: 'c1',
    ownerId: 'o1',
    kind: 'stay',
    name: 'Beach house',
    capacity: 1,
    maxGuests: 4,
    price: { amount: 10_000, currency: 'EUR' },
    timeZone: 'UTC',
    confirmationPolicy: 'owner',
  },
} satisfies Command

const published: Event = {
  type: 'listing.published',
  id: 'c1:0',
  seq: 1,
  listingId: 'c1',
  at: publish.at,
  actor: publish.actor,
  command: { id: 'c1', type: 'PublishListing', partition: 0, offset: 0, events: 1 },
  listing: publish.listing,
}

test('a caller that waits for a listing gets the listing, not the receipt of the command with its id', async () => {
  const closing = new AbortController().signal
  const app = createApi({ store, log, topics: TOPICS, tokens, waiters, closing, now: Date.now, report })
  await log.send([{ topic: TOPICS.requests, ...encodeCommand(publish) }])
  const headers = { authorization: `Bearer ${token}` }
  const asked = ['/v1/listings/c1', '/v1/commands/c1?wait=5'].map((path) => app.request(path, { headers }))

  const processor = await startProcessor({ log, store, topics: TOPICS, waiters, report })
  const [listing, receipt] = await Promise.all(asked.map(async (response) => (await response).json()))
  await processor.close()
  expect(listing).toEqual(publish.listing)
  expect(receipt).toMatchObject({ commandId: 'c1', outcome: 'listing.published' })
})

test('a caller that waits for a receipt gets the one that the sink wrote, without another read', async () => {
  let reads = 0
  const receipt = waiters.until('receipt', 'c1', 10_000, async () => void reads++)
  const position = { partition: 0, offset: 0 }
  const written = { _id: 'c1', ...receiptOf(published, position), expiresAt: 0 }
  waiters.wake('receipt', 'c1', written)
  expect(await receipt).toBe(written)
  expect(reads).toBe(1)
})
