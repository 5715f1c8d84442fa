import { beforeEach, describe, expect, test } from 'vitest'
import { testApi, tokenOf } from '../testing/api.ts'

const api = testApi()

describe('a write with an Idempotency-Key', () => {
  const tell = (id: string, userId = 't1') =>
    api.store.insert('notifications', { _id: id, id, userId, createdAt: id, readAt: null })
  const readAll = async (key: string, sub = 't1') => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', sub)}`, 'idempotency-key': key }
    const response = await api.app.request('/v1/notifications/read-all', { method: 'POST', headers })
    const replayed = response.headers.get('idempotency-replayed')
    return { status: response.status, replayed, body: (await response.json()) as object }
  }
  const unread = async (sub = 't1') => (await api.ask('/v1/notifications?unread=true', 'traveler', sub)).body.data

  beforeEach(async () => {
    await tell('n1')
    await tell('n2')
  })

  test('returns the original response when repeated, and leaves later notifications unread', async () => {
    const first = await readAll('k')
    expect(first).toEqual({ status: 200, replayed: null, body: { read: 2, more: false } })
    await tell('n3')
    expect(await readAll('k')).toEqual({ ...first, replayed: 'true' })
    expect(await unread()).toHaveLength(1)
    expect(await readAll('l')).toMatchObject({ replayed: null, body: { read: 1 } })
  })

  test('is separate for each sender', async () => {
    await tell('n4', 't2')
    await readAll('k')
    expect(await readAll('k', 't2')).toMatchObject({ replayed: null, body: { read: 1 } })
  })

  test('returns one response to all concurrent repetitions', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => readAll('k')))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await readAll('k')).toMatchObject({ replayed: 'true', body: answers[0]!.body })
    expect(await unread()).toEqual([])
  })

  test.each(['', 'x'.repeat(256)])('is rejected when the key is invalid: %j', async (key) => {
    expect(await readAll(key)).toMatchObject({ status: 422, body: { errors: [{ pointer: 'Idempotency-Key' }] } })
  })

  test('can be retried with its key after it was rejected', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'idempotency-key': 'k' }
    const read = () => api.app.request('/v1/notifications/n9/read', { method: 'POST', headers })
    expect((await read()).status).toBe(404)
    await tell('n9')
    expect((await read()).status).toBe(200)
  })
})
