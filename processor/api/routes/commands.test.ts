import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import type { Store } from '#store/store.ts'
import { openTestApi, type TestApi } from '../../testing/api.ts'
import type { Waiters } from '../waiters.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

let api: TestApi
let store: Store
let waiters: Waiters

beforeEach(async () => {
  api = await openTestApi({ now: () => NOW })
  ;({ store, waiters } = api)
})

afterEach(() => api.close())

const ask = (path: string, role: Role = 'traveler', sub = 't1', method = 'GET') => api.ask(path, role, sub, { method })

describe('GET /v1/commands/:id', () => {
  test('returns a receipt as soon as it is written, to the sender of the command', async () => {
    const asked = ask('/v1/commands/c1?wait=10')
    await store.insert('receipts', {
      _id: 'c1',
      commandId: 'c1',
      actorId: 't1',
      outcome: 'booking.created',
      expiresAt: NOW * 2,
    })
    waiters.wake('receipt', 'c1')
    expect(await asked).toMatchObject({ status: 200, body: { commandId: 'c1', outcome: 'booking.created' } })
    expect(await ask('/v1/commands/c1', 'traveler', 't2')).toMatchObject({ status: 404 })
    expect(await ask('/v1/commands/c1', 'admin', 'a1')).toMatchObject({ status: 200 })
  })

  test('finds a receipt that another process writes', async () => {
    const asked = ask('/v1/commands/c2?wait=10')
    await store.insert('receipts', { _id: 'c2', commandId: 'c2', actorId: 't1', expiresAt: NOW * 2 })
    expect(await asked).toMatchObject({ status: 200 })
  })

  test('returns 404 when no receipt is written in time', async () => {
    expect(await ask('/v1/commands/c3?wait=0.2')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})
