import { expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { SILENT } from '#platform/log-line.ts'
import { READS, WAITS } from '../limits.ts'
import { testApi } from '../testing/api.ts'
import { bookingView } from '../testing/views.ts'

/** Each request that is not answered in time would be a line. */
const api = testApi({ logger: SILENT })

/** Counts the calls of store and log, which then answer as before. */
function counted(): { reads: number; bounds: number } {
  const count = { reads: 0, bounds: 0 }
  const { store, log } = api
  const [getMany, bounds] = [store.getMany.bind(store), log.bounds.bind(log)]
  store.getMany = (...args) => (count.reads++, getMany(...args))
  log.bounds = (...args) => (count.bounds++, bounds(...args))
  return count
}

const undecided = () => api.log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])

test('many requests for absent bookings share their looks at store and log', async () => {
  const count = counted()
  const asked = Array.from({ length: WAITS.share }, (_, i) => api.ask(`/v1/bookings/none-${i}`))
  const answers = await Promise.all(asked)
  expect(new Set(answers.map(({ body }) => body['code']))).toEqual(new Set(['unknown_booking']))
  expect(count.reads).toBeLessThan(20 * READS.parallel)
  expect(count.bounds).toBeLessThan(20)
})

test('a request is not answered from a look that began before it', async () => {
  const bounds = api.log.bounds.bind(api.log)
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let calls = 0
  api.log.bounds = async (topic) => {
    const isFirst = calls++ === 0
    const ends = await bounds(topic)
    begun.resolve()
    if (isFirst) await released.promise
    return ends
  }
  const earlier = api.ask('/v1/bookings/b9')
  await begun.promise
  await undecided()
  const later = api.ask('/v1/bookings/b9')
  // The later request waits for its look before the earlier look ends.
  await expect.poll(() => api.metric('processor_api_waits')).toBe(2)
  released.resolve()
  expect([(await earlier).status, (await later).status]).toEqual([404, 503])
})

test('a principal has a share of the waits for absent views, and views that exist need none', async () => {
  await undecided()
  await api.store.insert('bookings', bookingView('b1', '2026-01-01'))
  const waiting = Array.from({ length: WAITS.share }, (_, i) => api.ask(`/v1/bookings/none-${i}`))
  await expect.poll(() => api.metric('processor_api_waits')).toBe(WAITS.share)
  expect(await api.ask('/v1/bookings/none')).toMatchObject({ status: 429, body: { code: 'too_many_requests' } })
  expect(await api.ask('/v1/listings/none')).toMatchObject({ status: 429, body: { code: 'too_many_requests' } })
  expect(await api.ask('/v1/bookings/b1')).toMatchObject({ status: 200, body: { id: 'b1' } })
  expect(await api.ask('/v1/bookings/none', 'traveler', 't2')).toMatchObject({ status: 503 })
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(503)
})
