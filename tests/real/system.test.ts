import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadLetterTopicOf, TOPICS } from '#domain/topics.ts'
import type { RecordedCall, RecordingClient } from '../history/recording-client.ts'
import { describeReal } from './describe-real.ts'
import { type RealSystem, startRealSystem } from './system-processes.ts'

/** The edge's promises about booking, repetition, waiting and reading back, tested with separate processes on real servers. */
describeReal('The system as separate processes on real servers', () => {
  let system: RealSystem
  let traveler: RecordingClient
  let owner: RecordingClient
  let admin: RecordingClient

  beforeAll(async () => {
    system = await startRealSystem()
    traveler = await system.as('traveler', 'traveler-1')
    owner = await system.as('owner', 'owner-1')
    admin = await system.as('admin', 'admin-1')
  }, 240_000)

  afterAll(() => system?.close())

  let next = 0
  /** A request for nights that no other test books. */
  function newRequest(changes: object = {}) {
    const day = (offset: number) => new Date(Date.UTC(2036, 0, 5 * next + offset)).toISOString().slice(0, 10)
    next++
    return { listingId: 'listing-123', checkIn: day(1), checkOut: day(4), guests: 2, ...changes }
  }

  const book = (body: object, key?: string, headers: Record<string, string> = {}, client = traveler) =>
    client.call('POST', '/v1/bookings', { body, headers, ...(key !== undefined && { key }) })
  const decide = (verb: string, id: string, headers: Record<string, string> = {}) =>
    owner.call('POST', `/v1/bookings/${id}/${verb}`, { headers })
  const statusOf = async (id: string): Promise<unknown> =>
    (await traveler.call('GET', `/v1/bookings/${id}`)).answer?.body.status
  const times = <T>(count: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n)))
  const statusesIn = (calls: RecordedCall[]) => calls.map(({ answer }) => answer?.status ?? 0).sort((a, b) => a - b)

  async function restart(which = system.processes, env: Record<string, string> = {}): Promise<void> {
    await Promise.all(which.map((each) => each.end()))
    for (const each of which) each.start(env)
    for (const each of which) await each.untilReadiness(200)
  }

  test("in lab2's dialect a traveler books, the owner accepts, and the traveler has one unread notification", async () => {
    const guest = await system.as('traveler', 'lab2-guest')
    const request = { listing_id: 'listing-123', check_in: '2025-12-01', check_out: '2025-12-05', guest_count: 2 }
    const { answer } = await guest.call('POST', '/api/bookings', { body: request })
    expect(answer).toMatchObject({ status: 201, body: { status: 'pending', host_id: 'owner-1', total_price: 500 } })
    const accepted = await owner.call('POST', `/api/bookings/${answer!.body.booking_id}/accept`)
    expect(accepted.answer).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const unread = async () => (await guest.call('GET', '/api/notifications')).answer?.body.unread_count
    await expect.poll(unread, { timeout: 10_000 }).toBe(1)
  })

  test('an unreadable message becomes a dead letter with its reason, and the next message is processed', async () => {
    const unreadable = ['not JSON', '{"of":"no known shape"}']
    await system.log.send(unreadable.map((value) => ({ topic: TOPICS.requests, partition: 0, value })))
    const letters = async () => (await system.log.bounds(deadLetterTopicOf(TOPICS.requests)))[0]!.end
    await expect.poll(letters, { timeout: 10_000 }).toBe(unreadable.length)
    const dead = await system.log.read(
      { topic: deadLetterTopicOf(TOPICS.requests), partition: 0, offset: 0 },
      10,
      1_000,
    )
    expect(dead.map(({ value }) => new TextDecoder().decode(value!))).toEqual(unreadable)
    for (const { headers } of dead) expect(headers.map(([name]) => name)).toContain('x-error-reason')
    expect((await book(newRequest(), 'after-unreadable', { Prefer: 'wait=10' })).answer?.status).toBe(201)
  })

  test(
    'of fifty concurrent requests for the same nights one succeeds, in each of twenty rounds',
    {
      timeout: 240_000,
    },
    async () => {
      for (let round = 0; round < 20; round++) {
        const body = newRequest()
        const calls = await times(50, () => book(body, undefined, { Prefer: 'wait=10' }))
        expect(statusesIn(calls)).toEqual([201, ...Array.from({ length: 49 }, () => 409)])
      }
    },
  )

  test(
    'a request sent twenty times at once creates one booking and returns equal answers, also after a restart',
    {
      timeout: 120_000,
    },
    async () => {
      const body = newRequest()
      const calls = await times(20, () => book(body, 'same-key'))
      expect(calls[0]!.answer?.status).toBe(201)
      for (const { answer } of calls) expect(answer).toEqual(calls[0]!.answer)
      await restart()
      const later = await book(body, 'same-key')
      expect(later.answer).toEqual(calls[0]!.answer)
      expect(later.headers?.get('idempotency-replayed')).toBe('true')
    },
  )

  test('a read with the consistency token of a write always shows it', { timeout: 240_000 }, async () => {
    await times(5, async (index) => {
      const reader = await system.as('traveler', `reader-${index}`)
      for (let round = 0; round < 50; round++) {
        const request = await book(newRequest(), undefined, {}, reader)
        const headers = { 'Consistency-Token': request.headers!.get('consistency-token')! }
        const { id } = request.answer!.body
        const list = await reader.call('GET', '/v1/bookings?limit=1', { headers })
        expect(list.answer?.body.data[0].id).toBe(id)
        const accepted = await decide('accept', id)
        const after = { headers: { 'Consistency-Token': accepted.headers!.get('consistency-token')! } }
        const [notifications, summary, view] = await Promise.all([
          reader.call('GET', '/v1/notifications?limit=1', after),
          admin.call('GET', '/v1/analytics/summary', after),
          reader.call('GET', `/v1/bookings/${id}`, after),
        ])
        expect(notifications.answer?.body.data[0]).toMatchObject({ bookingId: id, type: 'booking.confirmed' })
        expect(view.answer?.body.status).toBe('confirmed')
        expect(summary.answer?.body.confirmed).toBeGreaterThan(round)
      }
    })
  })

  describe('while no processor decides', () => {
    test(
      'requests are accepted and decisions wait; all are decided later, in order',
      {
        timeout: 120_000,
      },
      async () => {
        const known = await book(newRequest(), undefined, { Prefer: 'wait=10' })
        await restart(system.processors, { PROCESSOR_ROLES: 'none' })
        const body = newRequest()
        const [early, late] = [await book(body), await book(body)]
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
    'without the proxy a request returns 503 with its key within 5 s; its repetition with the key creates one booking',
    {
      timeout: 90_000,
    },
    async () => {
      await system.proxy.end()
      const body = newRequest()
      const { answer, headers, startMs, endMs } = await book(body)
      expect(answer).toMatchObject({ status: 503, body: { idempotencyKey: expect.any(String) } })
      expect(headers?.get('retry-after')).toMatch(/^\d+$/)
      expect(endMs - startMs).toBeLessThan(5_500)
      system.proxy.start()
      await system.proxy.untilReadiness(200)
      const key = answer!.body.idempotencyKey as string
      const again = await traveler.callUntilAnswered('POST', '/v1/bookings', { body, key })
      expect(again.answer?.status).toBe(201)
      expect((await book(body, key)).answer?.body.id).toBe(again.answer!.body.id)
    },
  )

  test.each(['deno', 'workerd'] as const)(
    'the edge keeps its promises on %s',
    { timeout: 120_000 },
    async (runtime) => {
      const edge = await system.edgeOn(runtime)
      try {
        edge.start()
        await edge.untilReadiness(200, 90_000)
        const guest = await system.as('traveler', `guest-${runtime}`, edge)
        const body = newRequest()
        const calls = await times(20, () => book(body, `same-${runtime}`, {}, guest))
        for (const { answer } of calls) expect(answer).toEqual(calls[0]!.answer)
        const rivals = await times(10, () => book(body, undefined, { Prefer: 'wait=10' }, guest))
        expect(new Set(statusesIn(rivals))).toEqual(new Set([409]))
        const token = calls[0]!.headers!.get('consistency-token')!
        const list = await guest.call('GET', '/v1/bookings?limit=100', { headers: { 'Consistency-Token': token } })
        expect(list.answer?.body.data.map(({ id }: { id: string }) => id)).toContain(calls[0]!.answer!.body.id)
      } finally {
        await edge.end('SIGKILL')
      }
    },
  )

  test('every invariant holds in the end', { timeout: 120_000 }, async () => {
    await system.waitUntilDrained()
    expect(await system.violations()).toEqual([])
  })
})
