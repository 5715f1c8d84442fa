import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadLetterTopicOf, TOPICS } from '#domain/topics.ts'
import type { RecordedCall, RecordingClient } from '../history/recording-client.ts'
import { describeReal } from './stack.ts'
import { type RealSystem, startRealSystem } from './system-processes.ts'

/** What the edge promises whoever books, repeats, waits and reads back, kept by processes of their own on real servers. */
describeReal('The system on real servers, each part a process', () => {
  let system: RealSystem
  let traveler: RecordingClient
  let owner: RecordingClient
  let admin: RecordingClient

  beforeAll(async () => {
    system = await startRealSystem()
    traveler = await system.as('traveler', 'asker')
    owner = await system.as('owner', 'owner-1')
    admin = await system.as('admin', 'admin-1')
  }, 240_000)

  afterAll(() => system?.close())

  let next = 0
  /** Nights that no other test books. */
  function wish(changes: object = {}) {
    const day = (offset: number) => new Date(Date.UTC(2036, 0, 5 * next + offset)).toISOString().slice(0, 10)
    next++
    return { listingId: 'listing-123', checkIn: day(1), checkOut: day(4), guests: 2, ...changes }
  }

  const ask = (body: object, key?: string, headers: Record<string, string> = {}, who = traveler) =>
    who.call('POST', '/v1/bookings', { body, headers, ...(key !== undefined && { key }) })
  const decide = (verb: string, id: string, headers: Record<string, string> = {}) =>
    owner.call('POST', `/v1/bookings/${id}/${verb}`, { headers })
  const statusOf = async (id: string): Promise<unknown> =>
    (await traveler.call('GET', `/v1/bookings/${id}`)).answer?.body.status
  const times = <T>(count: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n)))
  const statusesIn = (calls: RecordedCall[]) => calls.map(({ answer }) => answer?.status ?? 0).sort((a, b) => a - b)

  async function restart(which = system.parts, env: Record<string, string> = {}): Promise<void> {
    await Promise.all(which.map((part) => part.end()))
    for (const part of which) part.start(env)
    for (const part of which) await part.until(200)
  }

  test("lab2's traveler books, its owner accepts, and the traveler has one unread notification", async () => {
    const guest = await system.as('traveler', 'lab2-guest')
    const asked = { listing_id: 'listing-123', check_in: '2025-12-01', check_out: '2025-12-05', guest_count: 2 }
    const { answer } = await guest.call('POST', '/api/bookings', { body: asked })
    expect(answer).toMatchObject({ status: 201, body: { status: 'pending', host_id: 'owner-1', total_price: 500 } })
    const accepted = await owner.call('POST', `/api/bookings/${answer!.body.booking_id}/accept`)
    expect(accepted.answer).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const unread = async () => (await guest.call('GET', '/api/notifications')).answer?.body.unread_count
    await expect.poll(unread, { timeout: 10_000 }).toBe(1)
  })

  test('a message that nobody understands is a dead letter with its reason, and the next one is processed', async () => {
    const nonsense = ['not JSON', '{"of":"no known shape"}']
    await system.log.send(nonsense.map((value) => ({ topic: TOPICS.requests, partition: 0, value })))
    const letters = async () => (await system.log.bounds(deadLetterTopicOf(TOPICS.requests)))[0]!.end
    await expect.poll(letters, { timeout: 10_000 }).toBe(nonsense.length)
    const dead = await system.log.read(
      { topic: deadLetterTopicOf(TOPICS.requests), partition: 0, offset: 0 },
      10,
      1_000,
    )
    expect(dead.map(({ value }) => new TextDecoder().decode(value!))).toEqual(nonsense)
    for (const { headers } of dead) expect(headers.map(([name]) => name)).toContain('x-error-reason')
    expect((await ask(wish(), 'after-nonsense', { Prefer: 'wait=10' })).answer?.status).toBe(201)
  })

  test(
    'of fifty who ask for overlapping nights at once one gets them, in each of twenty rounds',
    {
      timeout: 240_000,
    },
    async () => {
      for (let round = 0; round < 20; round++) {
        const body = wish()
        const calls = await times(50, () => ask(body, undefined, { Prefer: 'wait=10' }))
        expect(statusesIn(calls)).toEqual([201, ...Array.from({ length: 49 }, () => 409)])
      }
    },
  )

  test(
    'a request that is sent twenty times at once is one booking and twenty equal answers, also after a restart',
    {
      timeout: 120_000,
    },
    async () => {
      const body = wish()
      const calls = await times(20, () => ask(body, 'the-same-for-all'))
      expect(calls[0]!.answer?.status).toBe(201)
      for (const { answer } of calls) expect(answer).toEqual(calls[0]!.answer)
      await restart()
      const later = await ask(body, 'the-same-for-all')
      expect(later.answer).toEqual(calls[0]!.answer)
      expect(later.headers?.get('idempotency-replayed')).toBe('true')
    },
  )

  test('a read with the token of a write never misses it, a thousand times', { timeout: 240_000 }, async () => {
    await times(5, async (lane) => {
      const reader = await system.as('traveler', `reader-${lane}`)
      for (let round = 0; round < 50; round++) {
        const asked = await ask(wish(), undefined, {}, reader)
        const headers = { 'Consistency-Token': asked.headers!.get('consistency-token')! }
        const { id } = asked.answer!.body
        const list = await reader.call('GET', '/v1/bookings?limit=1', { headers })
        expect(list.answer?.body.data[0].id).toBe(id)
        const accepted = await decide('accept', id)
        const after = { headers: { 'Consistency-Token': accepted.headers!.get('consistency-token')! } }
        const [told, summary, view] = await Promise.all([
          reader.call('GET', '/v1/notifications?limit=1', after),
          admin.call('GET', '/v1/analytics/summary', after),
          reader.call('GET', `/v1/bookings/${id}`, after),
        ])
        expect(told.answer?.body.data[0]).toMatchObject({ bookingId: id, type: 'booking.confirmed' })
        expect(view.answer?.body.status).toBe('confirmed')
        expect(summary.answer?.body.confirmed).toBeGreaterThan(round)
      }
    })
  })

  describe('while nobody decides', () => {
    test(
      'requests are taken and decisions wait; all of them are decided afterwards, in order',
      {
        timeout: 120_000,
      },
      async () => {
        const known = await ask(wish(), undefined, { Prefer: 'wait=10' })
        await restart(system.processors, { PROCESSOR_ROLES: 'none' })
        const body = wish()
        const [early, late] = [await ask(body), await ask(body)]
        expect(statusesIn([early, late])).toEqual([201, 201])
        expect((await decide('accept', known.answer!.body.id)).answer?.status).toBe(202)
        expect((await decide('accept', early.answer!.body.id)).answer?.status).toBe(503)
        await restart(system.processors)
        const outcomes = async () => [await statusOf(early.answer!.body.id), await statusOf(late.answer!.body.id)]
        await expect.poll(outcomes, { timeout: 20_000 }).toEqual(['pending', 'failed'])
        await expect.poll(() => statusOf(known.answer!.body.id), { timeout: 20_000 }).toBe('confirmed')
      },
    )
  })

  test(
    'without the proxy a request is a 503 within 5 s that names its key; repeated with it, it is one booking',
    {
      timeout: 90_000,
    },
    async () => {
      await system.proxy.end()
      const body = wish()
      const { answer, headers, startMs, endMs } = await ask(body)
      expect(answer).toMatchObject({ status: 503, body: { idempotencyKey: expect.any(String) } })
      expect(headers?.get('retry-after')).toMatch(/^\d+$/)
      expect(endMs - startMs).toBeLessThan(5_500)
      system.proxy.start()
      await system.proxy.until(200)
      const key = answer!.body.idempotencyKey as string
      const again = await traveler.insist('POST', '/v1/bookings', { body, key })
      expect(again.answer?.status).toBe(201)
      expect((await ask(body, key)).answer?.body.id).toBe(again.answer!.body.id)
    },
  )

  test.each(['deno', 'workerd'] as const)('the edge does the same on %s', { timeout: 120_000 }, async (runtime) => {
    const edge = await system.edgeOn(runtime)
    try {
      edge.start()
      await edge.until(200, 90_000)
      const guest = await system.as('traveler', `guest-${runtime}`, edge)
      const body = wish()
      const calls = await times(20, () => ask(body, `same-${runtime}`, {}, guest))
      for (const { answer } of calls) expect(answer).toEqual(calls[0]!.answer)
      const rivals = await times(10, () => ask(body, undefined, { Prefer: 'wait=10' }, guest))
      expect(new Set(statusesIn(rivals))).toEqual(new Set([409]))
      const token = calls[0]!.headers!.get('consistency-token')!
      const list = await guest.call('GET', '/v1/bookings?limit=100', { headers: { 'Consistency-Token': token } })
      expect(list.answer?.body.data.map(({ id }: { id: string }) => id)).toContain(calls[0]!.answer!.body.id)
    } finally {
      await edge.end('SIGKILL')
    }
  })

  test('after all of that every invariant holds', { timeout: 120_000 }, async () => {
    await system.comesToRest()
    expect(await system.violations()).toEqual([])
  })
})
