import { afterEach, expect, test } from 'vitest'
import type { Booking } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import { flight, publish, request } from '#domain/testing/samples.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { around } from '#platform/around.ts'
import { createLogger, type LogLine } from '#platform/log-line.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Doc } from '#store/store.ts'
import { COLLECTIONS } from '../../collections.ts'
import { type Processor, startProcessor } from '../../processor.ts'
import { encodeSigned } from '../../testing/signed-commands.ts'
import { createMonitor } from '../../upkeep/monitor/monitor.ts'
import { GatewayError } from './gateway.ts'
import { openGateway } from './open.ts'

const log = openEmbeddedLog({ file: ':memory:' })
const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
let processor: Processor

afterEach(async () => {
  await processor.close()
  await log.close()
  await store.close()
})

test('an outage of the gateway loses no booking, has one line and is counted', async () => {
  await log.createTopics(plannedTopics(TOPICS))
  let isDown = true
  let failures = 0
  const options = { store, commandKeys: COMMAND_KEYS, edgeUrl: () => '', end: new AbortController().signal }
  const gateway = around(openGateway('embedded', options)!.gateway, (_, call) => {
    if (!isDown) return call()
    failures++
    return Promise.reject(new GatewayError('unavailable', 'refused'))
  })
  const lines: LogLine[] = []
  const logger = createLogger('processor', (line) => void lines.push(line))
  const waiters = { wake: () => undefined }
  const monitor = createMonitor()
  const deps = { log, store, topics: TOPICS, commandKeys: COMMAND_KEYS, logger, waiters, gateway, monitor }
  processor = await startProcessor(deps)

  const listing = { ...flight, confirmationPolicy: 'payment' as const }
  const command = request({ checkIn: '2034-01-01', checkOut: null }, { at: instantOf(Date.now()) })
  const commands = [publish(listing), command]
  await log.send(commands.map((one) => ({ topic: TOPICS.requests, ...encodeSigned(one) })))
  const booking = () => store.get<Booking & Doc>('bookings', command.bookingId)

  await expect.poll(() => failures, { timeout: 10_000 }).toBeGreaterThan(3)
  expect(await booking()).toMatchObject({ status: 'pending', payment: { status: 'none' } })
  isDown = false
  const paid = { status: 'confirmed', payment: { status: 'captured' } }
  await expect.poll(booking, { timeout: 10_000 }).toMatchObject(paid)
  expect(lines.filter(({ level }) => level !== 'info')).toMatchObject([{ message: 'waits for the payment gateway' }])
  const counted = await monitor.metrics.registry.getSingleMetric('processor_payments_total')!.get()
  expect(counted.values.map(({ labels, value }) => [labels['operation'], labels['result'], value])).toEqual([
    ['authorize', 'unavailable', failures],
    ['authorize', 'authorized', 1],
    ['capture', 'captured', 1],
  ])
})
