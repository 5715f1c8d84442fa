import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { MAX_SCAN, type Store } from '#store/store.ts'
import { openTestApi, type TestApi } from '../../testing/api.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

let api: TestApi
let store: Store

beforeEach(async () => {
  api = await openTestApi({ now: () => NOW })
  ;({ store } = api)
})

afterEach(() => api.close())

const ask = (path: string, role: Role = 'traveler', sub = 't1', method = 'GET') => api.ask(path, role, sub, { method })

describe('/v1/notifications', () => {
  beforeEach(async () => {
    for (const [id, userId] of [
      ['n1', 't1'],
      ['n2', 't1'],
      ['n3', 't2'],
    ] as const) {
      await store.insert('notifications', { _id: id, id, userId, createdAt: id, readAt: null })
    }
  })

  test('marks a notification as read, for its recipient only', async () => {
    expect(await ask('/v1/notifications/n1/read', 'traveler', 't1', 'POST')).toMatchObject({
      status: 200,
      body: { readAt: '2026-11-21T12:00:00.000Z' },
    })
    expect(await ask('/v1/notifications/n3/read', 'traveler', 't1', 'POST')).toMatchObject({ status: 404 })
    expect((await ask('/v1/notifications?unread=true')).body.data).toMatchObject([{ id: 'n2' }])
    expect((await ask('/v1/notifications')).body.data).toMatchObject([{ id: 'n2' }, { id: 'n1' }])
  })

  test('counts all unread notifications of the caller, past one page', async () => {
    for (let n = 0; n < MAX_SCAN; n++)
      await store.insert('notifications', { _id: `m${n}`, userId: 't1', createdAt: 'm', readAt: null })
    await store.insert('notifications', { _id: 'read', userId: 't1', createdAt: 'm', readAt: 'now' })
    const count = async (sub: string) => (await ask('/v1/notifications/unread-count', 'traveler', sub)).body
    expect(await count('t1')).toEqual({ unread: MAX_SCAN + 2 })
    expect(await count('t2')).toEqual({ unread: 1 })
  })

  test('marks all notifications of the caller as read', async () => {
    expect(await ask('/v1/notifications/read-all', 'traveler', 't1', 'POST')).toMatchObject({
      body: { read: 2, more: false },
    })
    expect((await ask('/v1/notifications?unread=true')).body.data).toEqual([])
    expect((await ask('/v1/notifications?unread=true', 'traveler', 't2')).body.data).toHaveLength(1)
  })
})
