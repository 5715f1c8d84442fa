import { DEFAULT_RULES } from '#domain/listing.ts'
import { expect, test } from 'vitest'
import type { Command } from '#domain/command.ts'
import type { Event } from '#domain/event.ts'
import { receiptOf } from '#domain/projections/receipt.ts'
import { startProcessor } from '../processor.ts'
import { testApi } from '../testing/api.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from '../testing/signed-commands.ts'

const api = testApi({})

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
    ...DEFAULT_RULES,
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
  block: null,
}

test('a caller that waits for a listing gets the listing, not the receipt of the command with its id', async () => {
  await api.log.send([{ topic: api.deps.topics.requests, ...encodeSigned(publish) }])
  const asked = ['/v1/listings/c1', '/v1/commands/c1?wait=5'].map((path) => api.ask(path, 'owner', 'o1'))

  const processor = await startProcessor({ ...api.deps, commandKeys: COMMAND_KEYS })
  const [listing, receipt] = await Promise.all(asked)
  await processor.close()
  expect(listing!.body).toEqual(publish.listing)
  expect(receipt!.body).toMatchObject({ commandId: 'c1', outcome: 'listing.published' })
})

test('a caller that waits for a receipt gets it from the sink, without another read', async () => {
  let reads = 0
  const receipt = api.waiters.until('receipt', 'c1', 10_000, async () => void reads++)
  const position = { partition: 0, offset: 0 }
  const written = { _id: 'c1', ...receiptOf(published, position), expiresAt: 0 }
  api.waiters.wake('receipt', 'c1', written)
  expect(await receipt).toBe(written)
  expect(reads).toBe(1)
})
