import { beforeEach, describe, expect, test } from 'vitest'
import { MAX_SCAN } from '#store/store.ts'
import { testApi } from '../../testing/api.ts'

const api = testApi()

describe('/v1/notifications', () => {
  beforeEach(async () => {
    for (const [id, userId] of [
      ['n1', 't1'],
      ['n2', 't1'],
      ['n3', 't2'],
    ] as const) {
      await api.store.insert('notifications', { _id: id, id, userId, createdAt: id, readAt: null })
    }
  })

  test('marks a notification as read, for its recipient only', async () => {
    expect(await api.ask('/v1/notifications/n1/read', 'traveler', 't1', { method: 'POST' })).toMatchObject({
      status: 200,
      body: { readAt: '2026-11-21T12:00:00.000Z' },
    })
    expect(await api.ask('/v1/notifications/n3/read', 'traveler', 't1', { method: 'POST' })).toMatchObject({
      status: 404,
    })
    expect((await api.ask('/v1/notifications?unread=true')).body.data).toMatchObject([{ id: 'n2' }])
    expect((await api.ask('/v1/notifications')).body.data).toMatchObject([{ id: 'n2' }, { id: 'n1' }])
  })

  test('counts all unread notifications of the caller, past one page', async () => {
    for (let n = 0; n < MAX_SCAN; n++)
      await api.store.insert('notifications', { _id: `m${n}`, userId: 't1', createdAt: 'm', readAt: null })
    await api.store.insert('notifications', { _id: 'read', userId: 't1', createdAt: 'm', readAt: 'now' })
    const count = async (sub: string) => (await api.ask('/v1/notifications/unread-count', 'traveler', sub)).body
    expect(await count('t1')).toEqual({ unread: MAX_SCAN + 2 })
    expect(await count('t2')).toEqual({ unread: 1 })
  })

  test('marks all notifications of the caller as read', async () => {
    expect(await api.ask('/v1/notifications/read-all', 'traveler', 't1', { method: 'POST' })).toMatchObject({
      body: { read: 2, more: false },
    })
    expect((await api.ask('/v1/notifications?unread=true')).body.data).toEqual([])
    expect((await api.ask('/v1/notifications?unread=true', 'traveler', 't2')).body.data).toHaveLength(1)
  })
})
