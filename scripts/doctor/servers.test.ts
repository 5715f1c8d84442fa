import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { type Finding, ok } from './report.mjs'
import { checkServers, mongodbFinding, topicFindings } from './servers.ts'

const nowhere = { topics: TOPICS, isDev: true, DATA_DIR: '.data' }

const look = (topic: string, changes: object = {}) => ({ topic, partitions: 3, copies: 3, inSync: 3, ...changes })
const ALL = plannedTopics(TOPICS).map(({ topic }) => topic)

const partsOf = ([finding, ...others]: Finding[]): [string, string, string?] => {
  expect(others).toEqual([])
  return [finding!.state, finding!.message, finding!.remedy]
}

test('planned topics are ok, whether they exist or not', () => {
  expect(
    topicFindings(
      ALL.map((topic) => look(topic)),
      TOPICS,
      3,
    ),
  ).toEqual([ok('topics', 'all exist')])
  expect(topicFindings([], TOPICS, 3)).toEqual([
    ok('topics', `${ALL.join(', ')} will be created when the processor starts`),
  ])
  const more = ALL.map((topic) => look(topic, { partitions: 12 }))
  expect(topicFindings(more, TOPICS, 3)).toEqual([ok('topics', 'all exist, with 12 partitions each')])
})

test('topics with different numbers of partitions are wrong, and the remedy raises the smaller number', () => {
  const found = ALL.map((topic) => look(topic, topic === 'bookings' ? {} : { partitions: 6 }))
  const [state, message, remedy] = partsOf(topicFindings(found, TOPICS, 3))
  expect([state, message]).toEqual([
    'wrong',
    expect.stringMatching(/^bookings has 3 partitions, but another of .* has 6$/),
  ])
  expect(remedy).toContain('kafka-topics --alter --topic bookings --partitions 6')
})

test('topics with too few replicas, or with replicas that lag, cause a warning', () => {
  expect(partsOf(topicFindings([look('bookings', { copies: 1, inSync: 1 })], TOPICS, 3)).slice(0, 2)).toEqual([
    'warning',
    'bookings has 1 of 3 copies',
  ])
  expect(partsOf(topicFindings([look('bookings', { inSync: 2 })], TOPICS, 3)).slice(0, 2)).toEqual([
    'warning',
    'bookings has 2 of 3 copies in sync',
  ])
})

test.each([
  [
    { version: '8.0.4', replicaSet: 'rs0', writable: true },
    'ok',
    'responds (version 8.0.4, replica set rs0)',
    undefined,
  ],
  [
    { version: '7.0.1', replicaSet: undefined, writable: true },
    'ok',
    'responds (version 7.0.1, a single server)',
    undefined,
  ],
  [
    { version: '6.0.9', replicaSet: undefined, writable: true },
    'wrong',
    'responds (version 6.0.9, a single server)',
    'use version 7 or newer',
  ],
  [
    { version: '8.0.4', replicaSet: 'rs0', writable: false },
    'wrong',
    expect.stringContaining('rejects writes'),
    expect.stringContaining('MONGODB_URI'),
  ],
])('MongoDB %j is checked for its version and for writes', (mongodb, state, message, remedy) => {
  expect(partsOf([mongodbFinding(mongodb)])).toEqual([state, message, remedy])
})

test('servers without a setting are not checked', async () => {
  expect(await checkServers(nowhere)).toEqual([])
})

test('unreachable and unresponsive servers are reported within the limit, with the setting to check', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`
  const limitMs = 1_000
  const started = performance.now()
  const findings = await Promise.all([
    checkServers(
      { ...nowhere, KAFKA_BROKERS: ['127.0.0.1:1'], MONGODB_URI: 'mongodb://ann:s3cret@127.0.0.1:1/x' },
      limitMs,
    ),
    checkServers({ ...nowhere, KAFKA_BROKERS: [at], MONGODB_URI: `mongodb://${at}/` }, limitMs),
    checkServers({ ...nowhere, KAFKA_BROKERS: ['no.such.host.invalid:9092'], KAFKA_SSL: true }, limitMs),
  ])
  silent.close()
  expect(performance.now() - started).toBeLessThan(8_000)
  const all = findings.flat()
  expect(all.map(({ what, state }) => `${what} ${state}`)).toEqual([
    'kafka wrong',
    'mongodb wrong',
    'kafka wrong',
    'mongodb wrong',
    'kafka wrong',
  ])
  for (const { what, message, remedy } of all)
    expect(`${message}: ${remedy}`).toContain(what === 'kafka' ? 'KAFKA_BROKERS' : 'MONGODB_URI')
  expect(all[0]!.message).toBe('Kafka does not answer at 127.0.0.1:1')
  expect(all[1]!.message).toContain('nothing answers at 127.0.0.1:1')
  expect(all[4]!.message).toBe('the address of no.such.host.invalid:9092 cannot be resolved')
  expect(JSON.stringify(all)).not.toContain('s3cret')
})
