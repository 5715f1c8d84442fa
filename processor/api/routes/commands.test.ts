import { describe, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { NOW, testApi } from '../../testing/api.ts'

const api = testApi()

describe('GET /v1/commands/:id', () => {
  test('returns a receipt as soon as it is written, to the sender of the command', async () => {
    const asked = api.ask('/v1/commands/c1?wait=10')
    await api.store.insert('receipts', {
      _id: 'c1',
      commandId: 'c1',
      actorId: 't1',
      outcome: 'booking.created',
      expiresAt: NOW * 2,
    })
    api.waiters.wake('receipt', 'c1')
    expect(await asked).toMatchObject({ status: 200, body: { commandId: 'c1', outcome: 'booking.created' } })
    expect(await api.ask('/v1/commands/c1', 'traveler', 't2')).toMatchObject({ status: 404 })
    expect(await api.ask('/v1/commands/c1', 'admin', 'a1')).toMatchObject({ status: 200 })
  })

  test('finds a receipt that another process writes', async () => {
    const asked = api.ask('/v1/commands/c2?wait=10')
    await api.store.insert('receipts', { _id: 'c2', commandId: 'c2', actorId: 't1', expiresAt: NOW * 2 })
    expect(await asked).toMatchObject({ status: 200 })
  })

  test('with orProof returns 404 only if the log does not have the command', async () => {
    const ask = () => api.ask('/v1/commands/c4?orProof=true')
    expect(await ask()).toMatchObject({ status: 404, body: { code: 'not_found' } })
    await api.log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    expect(await ask()).toMatchObject({ status: 503, body: { code: 'not_yet_visible' } })
    await api.store.insert('receipts', { _id: 'c4', commandId: 'c4', actorId: 't1', expiresAt: NOW * 2 })
    expect(await ask()).toMatchObject({ status: 200, body: { commandId: 'c4' } })
  })

  test('returns 404 when no receipt is written in time', async () => {
    expect(await api.ask('/v1/commands/c3?wait=0.2')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})
