import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../../testing/api.ts'

const api = testApi()

describe('GET /v1/listings', () => {
  beforeEach(async () => {
    const listing = { ownerId: 'o1', kind: 'stay', capacity: 2, withdrawn: false, seq: 1 }
    await api.store.insert('listings', { _id: 'l1', id: 'l1', name: 'b', ...listing })
    await api.store.insert('listings', { _id: 'l2', id: 'l2', name: 'a', ...listing, kind: 'car' })
    await api.store.insert('listings', { _id: 'l3', id: 'l3', name: 'c', ...listing, withdrawn: true })
    await api.store.insert('listing_documents', { _id: 'l1', taken: { '2027-01-02': 2, '2027-01-03': 1 } })
  })

  test('reads an existing listing without the log', async () => {
    await api.log.close()
    expect((await api.ask('/v1/listings/l1')).status).toBe(200)
  })

  test('lists the listings that are not withdrawn by name, filtered by kind and owner', async () => {
    expect((await api.ask('/v1/listings')).body.data).toMatchObject([{ id: 'l2' }, { id: 'l1' }])
    expect((await api.ask('/v1/listings?kind=stay&ownerId=o1')).body.data).toMatchObject([{ id: 'l1' }])
    expect((await api.ask('/v1/listings/l1')).body).not.toHaveProperty('withdrawn')
    expect(await api.ask('/v1/listings/l3')).toMatchObject({ status: 404, body: { code: 'unknown_listing' } })
  })

  test('returns the free capacity of each day', async () => {
    const { body } = await api.ask('/v1/listings/l1/availability?from=2027-01-01&to=2027-01-04')
    expect(body.data).toEqual([
      { day: '2027-01-01', free: 2 },
      { day: '2027-01-02', free: 0 },
      { day: '2027-01-03', free: 1 },
    ])
    expect(await api.ask('/v1/listings/l1/availability?from=2027-01-04&to=2027-01-01')).toMatchObject({ status: 422 })
  })
})
