import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import { openTestApi, type TestApi, tokenOf } from '../testing/api.ts'
import type { Waiters } from './waiters.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

let api: TestApi
let log: Log
let store: Store
let waiters: Waiters
let app: TestApi['app']

beforeEach(async () => {
  api = await openTestApi({ now: () => NOW })
  ;({ log, store, waiters, app } = api)
})

afterEach(() => api.close())

const booking = (id: string, createdAt: string, changes: object = {}) => ({
  _id: id,
  id,
  listingId: 'l1',
  ownerId: 'o1',
  travelerId: 't1',
  status: 'pending',
  version: 1,
  createdAt,
  ...changes,
})

describe('a read with a Consistency-Token', () => {
  const receipt = {
    _id: 'c1',
    commandId: 'c1',
    actorId: 't1',
    expiresAt: NOW * 2,
    position: { partition: 1, offset: 0 },
  }

  async function askWith(path: string, token: string) {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': token }
    return app.request(path, { headers })
  }

  test('waits for the receipt of the command', async () => {
    const asked = askWith('/v1/bookings', 'c1')
    await store.insert('bookings', booking('b1', '2026-01-01'))
    await store.insert('receipts', receipt)
    waiters.wake('receipt', 'c1')
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'b1' }] })
  })

  test('waits until the projection it reads has passed the event', async () => {
    await store.insert('receipts', receipt)
    await log.send([{ topic: TOPICS.bookings, partition: 1, value: '{}' }])
    const asked = askWith('/v1/notifications', 'c1')
    const member = await log.run(
      { group: 'booking-notifications', topics: [TOPICS.bookings] },
      async (batch, lease) => {
        await store.insert('notifications', { _id: 'n1', id: 'n1', userId: 't1', createdAt: '2026', readAt: null })
        await lease.commit(batch.messages.at(-1)!.offset)
      },
    )
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'n1' }] })
    await member.close()
  })

  test('is rejected when the token is invalid', async () => {
    expect((await askWith('/v1/bookings', '../x')).status).toBe(422)
  })
})

test('a HEAD waits like a GET', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': '$' }
  expect((await app.request('/v1/bookings', { method: 'HEAD', headers })).status).toBe(422)
})
