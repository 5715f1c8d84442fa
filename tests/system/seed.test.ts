import { Kafka } from '@upstash/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEMO_LISTINGS } from '#processor/upkeep/demo-listings.ts'
import { startTestSystem, type TestSystem } from './system.ts'

/** The log after the first start. */

let system: TestSystem

beforeAll(async () => {
  system = await startTestSystem({ BILLING: 'off' })
})

afterAll(() => system.close())

test('each demo listing is published once, also after its first booking', async () => {
  const traveler = system.as('traveler', 'traveler-1')
  for (const { id, kind } of DEMO_LISTINGS) {
    const request = {
      listingId: id,
      checkIn: '2031-01-01',
      ...(kind !== 'flight' && { checkOut: '2031-01-03' }),
      guests: 1,
    }
    expect(await traveler('POST', '/v1/bookings', request, { Prefer: 'wait=10' })).toMatchObject({ status: 201 })
  }
  const types = Map.groupBy(await bookings(), ({ itemId }) => itemId)
  for (const { id } of DEMO_LISTINGS) {
    expect([id, types.get(id)?.map(({ eventType }) => eventType)]).toEqual([
      id,
      ['listing.published', 'booking.created'],
    ])
  }
})

/** The messages that `npm run monitor -- --topic bookings --from-beginning` prints. */
async function bookings(): Promise<{ itemId: string; eventType: string }[]> {
  const { topic: _requests, ...proxy } = system.endpoints.proxy
  const positions = [0, 1, 2].map((partition) => ({ topic: 'bookings', partition, offset: 0 }))
  const messages = await new Kafka(proxy).consumer().fetch({ topicPartitionOffsets: positions, timeout: 1_000 })
  return messages.map(({ value }) => JSON.parse(value) as { itemId: string; eventType: string })
}
