import { beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { emptyRollup } from '#domain/projections/analytics.ts'
import { MAX_SCAN } from '#store/store.ts'
import { testApi } from '../../testing/api.ts'

const api = testApi()

describe('GET /v1/analytics', () => {
  const rollup = (dimension: string, value: string, day: string, confirmed: number) => {
    const counted = {
      requested: 2 * confirmed,
      converted: confirmed,
      confirmed,
      decisions: confirmed,
      decisionMs: 500 * confirmed,
    }
    const kept = { _id: `${day}|${dimension}|${value}`, dimension, value, day, rev: 1, pos: {} }
    return { ...kept, ...emptyRollup, ...counted, revenue: { EUR: 100 * confirmed } }
  }

  beforeEach(async () => {
    const days = ['2026-10-01', '2026-11-20', '2026-11-21']
    for (const [i, day] of days.entries()) {
      await api.store.insert('rollups', rollup('all', 'all', day, i + 1))
      await api.store.insert('rollups', rollup('owner', 'o1', day, 1))
      await api.store.insert('rollups', rollup('kind', 'stay', day, i + 1))
      await api.store.insert('rollups', rollup('listing', 'l1', day, 1))
    }
    await api.store.insert('listings', {
      _id: 'l1',
      id: 'l1',
      ownerId: 'o1',
      name: 'l1',
      kind: 'stay',
      withdrawn: false,
    })
  })

  test('sums up the last thirty days or the given range', async () => {
    expect((await api.ask('/v1/analytics/summary', 'admin', 'a1')).body).toMatchObject({
      from: '2026-10-23',
      to: '2026-11-22',
      confirmed: 5,
      revenue: { EUR: 500 },
      meanDecisionMs: 500,
      confirmationRate: 0.5,
    })
    const { body } = await api.ask('/v1/analytics/summary?from=2026-10-01&to=2026-11-21', 'admin', 'a1')
    expect(body).toMatchObject({ confirmed: 3 })
  })

  test('shows admins everything, owners their own figures and travelers nothing', async () => {
    expect((await api.ask('/v1/analytics/summary', 'owner', 'o1')).body).toMatchObject({ confirmed: 2 })
    expect((await api.ask('/v1/analytics/summary', 'owner', 'o2')).body).toMatchObject({ confirmed: 0 })
    expect(await api.ask('/v1/analytics/summary')).toMatchObject({ status: 403 })
  })

  test("shows admins one owner's figures, and owners no other's", async () => {
    const summary = (ownerId: string, role: Role, sub: string) =>
      api.ask(`/v1/analytics/summary?ownerId=${ownerId}`, role, sub)
    expect((await summary('o1', 'admin', 'a1')).body).toMatchObject({ confirmed: 2 })
    expect((await summary('o2', 'admin', 'a1')).body).toMatchObject({ confirmed: 0 })
    expect((await summary('o1', 'owner', 'o1')).body).toMatchObject({ confirmed: 2 })
    expect(await summary('o1', 'owner', 'o2')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    for (const groupBy of ['listing', 'kind', 'owner']) {
      const { body } = await api.ask(`/v1/analytics/timeseries?groupBy=${groupBy}&ownerId=o1`, 'admin', 'a1')
      expect(body.data).toMatchObject([{ confirmed: 1 }, { confirmed: 1 }])
    }
    const { body } = await api.ask('/v1/analytics/timeseries?groupBy=listing&ownerId=o2', 'admin', 'a1')
    expect(body.data).toEqual([])
    const other = await api.ask('/v1/analytics/timeseries?groupBy=listing&ownerId=o1', 'owner', 'o2')
    expect(other.status).toBe(403)
  })

  test('shows admins every owner of every day of the range, and of no other', async () => {
    for (let n = 0; n < MAX_SCAN + 1; n++)
      await api.store.insert('rollups', rollup('owner', `p${String(n).padStart(4, '0')}`, '2026-11-19', 1))
    const rows = async (range: string) =>
      (await api.ask(`/v1/analytics/timeseries?groupBy=owner&${range}`, 'admin', 'a1')).body.data as { day: string }[]
    expect(await rows('from=2026-11-19&to=2026-11-21')).toHaveLength(MAX_SCAN + 2)
    expect(await rows('from=2026-10-01&to=2026-10-02')).toHaveLength(1)
  })

  test.each([
    [
      'groupBy=kind',
      'admin',
      'a1',
      [
        ['2026-11-20', 'stay', 2],
        ['2026-11-21', 'stay', 3],
      ],
    ],
    [
      'groupBy=owner',
      'admin',
      'a1',
      [
        ['2026-11-20', 'o1', 1],
        ['2026-11-21', 'o1', 1],
      ],
    ],
    [
      'groupBy=kind',
      'owner',
      'o1',
      [
        ['2026-11-20', 'stay', 1],
        ['2026-11-21', 'stay', 1],
      ],
    ],
    [
      'groupBy=owner',
      'owner',
      'o1',
      [
        ['2026-11-20', 'o1', 1],
        ['2026-11-21', 'o1', 1],
      ],
    ],
    [
      'groupBy=listing',
      'owner',
      'o1',
      [
        ['2026-11-20', 'l1', 1],
        ['2026-11-21', 'l1', 1],
      ],
    ],
    [
      'interval=day',
      'admin',
      'a1',
      [
        ['2026-11-20', 'all', 2],
        ['2026-11-21', 'all', 3],
      ],
    ],
  ] as const)('returns a row per day: %s, as %s', async (parameters, role, sub, rows) => {
    const { body } = await api.ask(`/v1/analytics/timeseries?${parameters}`, role, sub)
    const shown = body.data.map((row) => row as { day: string; group: string; confirmed: number })
    expect(shown.map(({ day, group, confirmed }) => [day, group, confirmed])).toEqual(rows)
  })

  test('rejects a range that is too long or reversed', async () => {
    for (const range of ['from=2026-01-02&to=2026-01-01', 'from=2020-01-01&to=2026-01-01']) {
      expect(await api.ask(`/v1/analytics/summary?${range}`, 'admin', 'a1')).toMatchObject({
        status: 422,
        body: { code: 'invalid_request', errors: [{ pointer: 'to' }] },
      })
    }
  })
})
