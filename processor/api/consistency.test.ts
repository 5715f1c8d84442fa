import { describe, expect, test, vi } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { NOW, testApi, tokenOf } from '../testing/api.ts'
import { bookingView } from '../testing/views.ts'

const api = testApi()

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
    return api.app.request(path, { headers })
  }

  test('waits for the receipt of the command', async () => {
    const asked = askWith('/v1/bookings', 'c1')
    await api.store.insert('bookings', bookingView('b1', '2026-01-01'))
    await api.store.insert('receipts', receipt)
    api.waiters.wake('receipt', 'c1')
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'b1' }] })
  })

  test('waits until the projection it reads has passed the event', async () => {
    await api.store.insert('receipts', receipt)
    await api.log.send([{ topic: TOPICS.bookings, partition: 1, value: '{}' }])
    const asked = askWith('/v1/notifications', 'c1')
    const member = await api.log.run(
      { group: 'booking-notifications', topics: [TOPICS.bookings] },
      async (batch, lease) => {
        await api.store.insert('notifications', { _id: 'n1', id: 'n1', userId: 't1', createdAt: '2026', readAt: null })
        await lease.commit(batch.messages.at(-1)!.offset)
      },
    )
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'n1' }] })
    await member.close()
  })

  test('is rejected when the token names no known command', async () => {
    const response = await askWith('/v1/bookings', 'never')
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [
        { detail: expect.stringMatching(/^Consistency-Token must name a decided command of the last 24 hours, /) },
      ],
    })
  })

  test('waits while a command on the log may still write the receipt', async () => {
    const committed = vi.spyOn(api.log, 'committed')
    await api.log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    const asked = askWith('/v1/bookings', 'c1')
    // The log is asked at least twice: the read goes on after the first answer.
    await expect.poll(() => committed.mock.calls.length, { timeout: 4_000 }).toBeGreaterThan(1)
    await api.store.insert('receipts', receipt)
    expect((await asked).status).toBe(200)
  })

  test('is rejected when the token is invalid', async () => {
    expect((await askWith('/v1/bookings', '../x')).status).toBe(422)
  })
})

test('a HEAD waits like a GET', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': '$' }
  expect((await api.app.request('/v1/bookings', { method: 'HEAD', headers })).status).toBe(422)
})
