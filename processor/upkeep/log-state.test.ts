import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { Registry } from 'prom-client'
import { readLogState, warningsOf } from './log-state.ts'
import { gaugeLogState } from './monitor/log-state-gauges.ts'

let log: Log

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  onTestFinished(() => log.close())
  await log.createTopics(plannedTopics(TOPICS))
})

const DECISIONS = 'booking-decisions'
const read = () => readLogState(log, TOPICS)

test('a group without members is reported with its lag', async () => {
  await log.send([1, 2, 3].map(() => ({ topic: TOPICS.requests, partition: 1, value: '{}' })))
  const decisions = { group: DECISIONS, topic: TOPICS.requests, members: 0, lags: [0, 3, 0] }
  expect((await read()).groups).toContainEqual(decisions)
  expect(warningsOf(await read())).toContain(`the group ${DECISIONS} has no members and lags by 3 messages`)
})

test('a group with members is not reported, and its lag counts from its commit', async () => {
  await log.send([1, 2, 3].map(() => ({ topic: TOPICS.requests, partition: 1, value: '{}' })))
  await log.run({ group: DECISIONS, topics: [TOPICS.requests] }, async (_, lease) => lease.commit(0))
  await expect.poll(async () => (await log.committed(DECISIONS, TOPICS.requests))[1]).toBe(1)
  const decisions = { group: DECISIONS, topic: TOPICS.requests, members: 1, lags: [0, 2, 0] }
  expect((await read()).groups).toContainEqual(decisions)
  expect(warningsOf(await read()).join()).not.toContain(DECISIONS)
})

test('a topic with dead letters is reported', async () => {
  await log.send([{ topic: 'bookings.dlq', value: 'x' }])
  expect(warningsOf(await read())).toContain('bookings.dlq has 1 message')
  expect(warningsOf(await read()).join()).not.toContain('booking-requests.dlq')
})

test('the gauges show every group and all dead letters', async () => {
  await log.send([
    { topic: 'bookings.dlq', value: 'x' },
    { topic: TOPICS.requests, partition: 2, value: '{}' },
  ])
  const registry = new Registry()
  gaugeLogState(registry, read)
  const lines = (await registry.metrics()).split('\n')
  expect(lines).toContain(`kafka_consumergroup_members{consumergroup="${DECISIONS}"} 0`)
  const labels = `consumergroup="${DECISIONS}",topic="booking-requests",partition="2"`
  expect(lines).toContain(`kafka_consumergroup_lag{${labels}} 1`)
  expect(lines).toContain('dlq_messages{topic="bookings.dlq"} 1')
})

test('the gauges are absent while the log does not respond', async () => {
  await log.close()
  const registry = new Registry()
  gaugeLogState(registry, read)
  expect(await registry.metrics()).not.toMatch(/^kafka_consumergroup/m)
})
