import { afterEach, beforeEach, expect, test } from 'vitest'
import { BOOKING_ID, publish, request, stay } from '#domain/testing/samples.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { type Logger, SILENT } from '#platform/log-line.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { COLLECTIONS } from '../../collections.ts'
import type { DeadLetter } from '../../dead-letters.ts'
import { type Processor, startProcessor } from '../../processor.ts'
import { Metrics } from './metrics.ts'
import { createMonitor, monitorRoutes, type Monitor } from './monitor.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from '../../testing/signed-commands.ts'

let log: Log
let store: Store
let monitor: Monitor
let failed: unknown[]
let dead: Partial<DeadLetter>[]
let processor: Processor

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  monitor = createMonitor()
  failed = []
  dead = []
  await log.createTopics(plannedTopics(TOPICS))
  const waiters = { wake: () => undefined }
  const logger: Logger = {
    ...SILENT,
    warn: (_message, fields) => void dead.push({ ...fields }),
    error: (_message, fields) => void failed.push(fields?.['error']),
  }
  processor = await startProcessor({ log, store, topics: TOPICS, commandKeys: COMMAND_KEYS, waiters, logger, monitor })
})

afterEach(async () => {
  await processor.close()
  await log.close()
  await store.close()
})

const said = async () => (await monitorRoutes(monitor).request('/metrics')).text()

/** Of a line without its number. */
const numberOf = async (line: string) =>
  Number(
    (await said())
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length),
  )

test('the metrics count messages, batches, decisions by outcome and store calls', async () => {
  const commands = [publish(), request(), request({ checkIn: '2020-01-01' }, { id: 'late', bookingId: 'b-late' })]
  await log.send(commands.map((command) => ({ topic: TOPICS.requests, ...encodeSigned(command) })))
  const events = 'processor_messages_total{group="booking-views"}'
  await expect.poll(() => numberOf(events)).toBeGreaterThanOrEqual(3)

  expect(await numberOf('processor_messages_total{group="booking-decisions"}')).toBe(3)
  expect(await numberOf('processor_batch_messages_sum{group="booking-decisions"}')).toBe(3)
  expect(await numberOf('processor_batch_seconds_count{group="booking-views"}')).toBeGreaterThan(0)
  expect(await numberOf('processor_decisions_total{outcome="listing.published"}')).toBe(1)
  expect(await numberOf('processor_decisions_total{outcome="booking.created"}')).toBe(1)
  expect(await numberOf('processor_store_seconds_count{method="insert"}')).toBeGreaterThan(0)
  expect(await said()).not.toContain(BOOKING_ID)
})

test('a log whose decisions are counted keeps all other methods', async () => {
  const counted = new Metrics().countingDecisions(log, TOPICS.bookings)
  const [sent] = await counted.send([{ topic: TOPICS.requests, value: 'any' }])
  expect(await counted.bounds(TOPICS.requests)).toContainEqual({ partition: sent!.partition, first: 0, end: 1 })
})

test('the metrics count each failure of a batch', async () => {
  await store.close()
  await log.send([{ topic: TOPICS.requests, ...encodeSigned(publish(stay)) }])
  const failures = 'processor_failed_batches_total{group="booking-decisions"}'
  await expect.poll(() => numberOf(failures)).toBeGreaterThan(1)
  await processor.close()
  expect(await numberOf(failures)).toBe(failed.length)
  expect(await numberOf('processor_messages_total{group="booking-decisions"}')).toBe(NaN)
})

test('each dead letter is counted by group, topic and cause, and reported', async () => {
  await log.send([
    { topic: TOPICS.requests, partition: 1, value: 'not JSON' },
    { topic: TOPICS.bookings, partition: 2, value: 'not JSON', headers: [['ce_source', '/reservoir/processor']] },
  ])
  const count = (group: string, topic: string) =>
    numberOf(`processor_dead_letters_total{group="${group}",topic="${topic}",cause="unreadable"}`)
  await expect.poll(() => count('booking-decisions', TOPICS.requests)).toBe(1)
  for (const group of ['booking-views', 'booking-notifications', 'booking-analytics', 'booking-timer']) {
    await expect.poll(() => count(group, TOPICS.bookings)).toBe(1)
  }
  const reports = dead.map(({ group, topic, partition, offset }) => `${group} ${topic}/${partition}/${offset}`)
  expect(reports.sort()).toEqual([
    `booking-analytics ${TOPICS.bookings}/2/0`,
    `booking-decisions ${TOPICS.requests}/1/0`,
    `booking-notifications ${TOPICS.bookings}/2/0`,
    `booking-timer ${TOPICS.bookings}/2/0`,
    `booking-views ${TOPICS.bookings}/2/0`,
  ])
})
