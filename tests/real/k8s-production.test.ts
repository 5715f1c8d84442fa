import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { TIMER } from '#processor/proposers/timer/timer.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import type { ServerProcess } from '../history/server-process.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { type Cluster, startCluster, restartEnded } from '../k8s/cluster.ts'
import { describeCluster } from '../k8s/describe-cluster.ts'
import { KAFKA_TOOL, KAFKA_TOOL_LINES } from '../k8s/kafka-tool.ts'
import { manualContent } from '../k8s/manual-content.ts'
import { makeSecrets, overlayFolder, render } from '../k8s/render.ts'

type User = 'proxy' | 'decisions' | 'sinks' | 'query'

/** Errors of kafkajs for a missing right; for a forbidden group it reports only that there is no coordinator. */
const REFUSED = /not authorized|Failed to find group coordinator/i

/** As log4j.properties of the servers prints it. */
const LOG_LINE = / (INFO|WARN) /

/**
 * Three brokers and three ZooKeepers with the overlay's settings, the Secrets of secrets.sh, the Jobs that grant rights and
 * create topics, and our processes with their credentials. MongoDB is the shared one of these tests.
 */
describeCluster('The overlay production, with TLS, SCRAM and rights', ({ mongodbUri }, tools) => {
  let folder: string
  let cluster: Cluster
  let processes: Record<User | 'edge', ServerProcess>
  let as: (role: 'traveler' | 'owner', subject: string) => Promise<RecordingClient>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reservoir-k8s-production-'))
    const secrets = join(folder, 'secrets')
    await makeSecrets(secrets, { ALSO_NAMES: 'IP:127.0.0.1,DNS:localhost' })
    const resources = await render(tools, overlayFolder('production'))
    const names = ['proxy', 'decisions', 'sinks', 'query', 'edge']
    const services = Object.fromEntries(names.map((name) => [name, [`${name}-0`]]))
    const keys = await devKeys(folder, { JWT_ISSUER: 'https://auth.example.com/', JWT_AUDIENCE: 'reservoir' })
    cluster = await startCluster(resources, { folder, manualContent: manualContent(secrets, {}), services })
    await Promise.all([cluster.job('access'), cluster.job('topics')])
    const tokens = { JWT_JWKS: JSON.stringify(keys.jwks) }
    const store = { ...tokens, MONGODB_URI: `${mongodbUri}k8s_production_${Date.now()}`, MONGODB_URI_FILE: '' }
    const processor = (name: string) => cluster.process(name, { name: 'PROCESSOR_PORT', number: 8090 }, store)
    processes = {
      proxy: cluster.process('proxy', { name: 'PROXY_PORT', number: 8082 }),
      decisions: processor('decisions'),
      sinks: processor('sinks'),
      query: processor('query'),
      edge: cluster.process('edge', { name: 'EDGE_PORT', number: 8787 }, tokens),
    }
    for (const each of Object.values(processes)) each.start()
    for (const each of Object.values(processes)) await each.untilReadiness(200, 120_000)
    as = async (role, subject) =>
      recordingClient(
        () => processes.edge.origin,
        { role, subject, token: await keys.sign({ role, sub: subject }) },
        [],
      )
  }, 900_000)

  afterAll(async () => {
    await Promise.all(Object.values(processes ?? {}).map((each) => each.end('SIGKILL')))
    await cluster?.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  /** A Kafka client with the credentials of a process, or with another password. */
  async function kafkaAs(user: string, password?: string): Promise<Kafka> {
    const read = (path: string) => readFile(join(folder, 'secrets', path), 'utf8')
    return new Kafka({
      brokers: [0, 1, 2].map((n) => `127.0.0.1:${cluster.addresses.portOf(`kafka-${n}`, 29_092)}`),
      ssl: { ca: [await read('kafka-proxy/ca.crt')] },
      sasl: { mechanism: 'scram-sha-512', username: user, password: password ?? (await read(`kafka-users/${user}`)) },
      logLevel: logLevel.NOTHING,
      retry: { retries: 1, initialRetryTime: 100 },
    })
  }

  async function produce(user: User, topic: string): Promise<void> {
    const producer = (await kafkaAs(user)).producer({ allowAutoTopicCreation: false })
    await producer.connect()
    try {
      await producer.send({ topic, acks: -1, messages: [{ key: 'a', value: 'not ours' }] })
    } finally {
      await producer.disconnect()
    }
  }

  /** Joins a group and waits for the first fetch, which may be empty; rejects if Kafka refuses. */
  async function consume(user: User, topic: string, groupId: string): Promise<void> {
    const consumer = (await kafkaAs(user)).consumer({ groupId, retry: { retries: 0 } })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        consumer.on(consumer.events.FETCH, () => resolve())
        consumer.run({ eachMessage: async () => {} }).catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
  }

  const requestFor = (listingId: string, n: number) => {
    const day = (offset: number) => new Date(Date.UTC(2036, 0, 3 * n + offset)).toISOString().slice(0, 10)
    return { listingId, checkIn: day(1), checkOut: day(3), guests: 1 }
  }

  let listingId: string
  test('each process works with its own Kafka user: a listing is published, booked and accepted, and the traveler notified', async () => {
    const [traveler, owner] = await Promise.all([as('traveler', 'traveler-1'), as('owner', 'owner-9')])
    const listing = {
      kind: 'stay',
      name: 'Hut',
      capacity: 1,
      maxGuests: 2,
      price: { amount: 100, currency: 'EUR' },
      timeZone: 'UTC',
    }
    const published = await owner.callUntilAnswered('POST', '/v1/listings', {
      key: 'hut',
      body: listing,
      headers: { Prefer: 'wait=10' },
    })
    expect(published.answer?.status, JSON.stringify(published.answer)).toBe(201)
    listingId = published.answer!.body.id as string
    const requested = await traveler.callUntilAnswered('POST', '/v1/bookings', {
      key: 'first',
      body: requestFor(listingId, 0),
      headers: { Prefer: 'wait=10' },
    })
    expect(requested.answer).toMatchObject({ status: 201 })
    const id = requested.answer!.body.id as string
    const accepted = await owner.call('POST', `/v1/bookings/${id}/accept`)
    expect(accepted.answer).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const unread = async () => (await traveler.call('GET', '/v1/notifications?unread=true')).answer?.body.data
    await expect.poll(unread, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ bookingId: id }))
  }, 60_000)

  describe('Kafka refuses', () => {
    test.each<[User, string]>([
      ['proxy', TOPICS.bookings],
      ['proxy', `${TOPICS.requests}.dlq`],
      ['sinks', TOPICS.requests],
      ['sinks', TOPICS.bookings],
      ['query', TOPICS.requests],
      ['query', TOPICS.bookings],
    ])('the user %s to write to %s', async (user, topic) => {
      await expect(produce(user, topic)).rejects.toThrow(REFUSED)
    })

    test.each<[User, string, string]>([
      ['proxy', TOPICS.requests, 'proxy'],
      ['decisions', TOPICS.requests, 'booking-views'],
      ['sinks', TOPICS.requests, 'booking-views'],
      ['sinks', TOPICS.bookings, 'booking-decisions'],
      ['query', TOPICS.bookings, 'booking-views'],
    ])(
      'the user %s to read %s in the group %s',
      async (user, topic, group) => {
        await expect(consume(user, topic, group)).rejects.toThrow(REFUSED)
      },
      60_000,
    )

    test('no user its own work: the same calls succeed with the right user', async () => {
      await produce('proxy', TOPICS.requests)
      await consume('sinks', TOPICS.bookings, 'booking-analytics')
      await consume('decisions', TOPICS.bookings, 'booking-timer')
    }, 60_000)

    test('a client with a wrong password or without one', async () => {
      const producer = (await kafkaAs('proxy', 'wrong')).producer()
      await expect(producer.connect()).rejects.toThrow(/authentication/i)
      const anonymous = new Kafka({
        brokers: [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 29_092)}`],
        logLevel: logLevel.NOTHING,
        retry: { retries: 0 },
        connectionTimeout: 3_000,
        requestTimeout: 3_000,
      })
      await expect(anonymous.producer().connect()).rejects.toThrow()
    })

    test('an anonymous client at the port of the probe', async () => {
      const brokers = [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 9080)}`]
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin()
      await admin.connect().catch(() => undefined)
      await expect(admin.createTopics({ topics: [{ topic: 'anonymous' }] })).rejects.toThrow()
      await admin.disconnect()
    })
  })

  test('no acknowledged booking is lost when one broker is killed', async () => {
    const traveler = await as('traveler', 'traveler-2')
    const acknowledged: string[] = []
    const book = async (n: number) => {
      const { answer } = await traveler.callUntilAnswered(
        'POST',
        '/v1/bookings',
        { key: `kill-${n}`, body: requestFor(listingId, n) },
        90_000,
      )
      if (answer?.status === 201) acknowledged.push(answer.body.id as string)
    }
    for (let n = 1; n <= 5; n++) await book(n)
    const stopRestarting = restartEnded(Object.values(processes))
    await cluster.servers['kafka-1']!.stop('SIGKILL')
    for (let n = 6; n <= 15; n++) await book(n)
    expect(acknowledged).toHaveLength(15)
    const unseen = new Set(acknowledged)
    const countUnseen = async () => {
      for (const id of unseen) {
        const { answer } = await traveler.call('GET', `/v1/bookings/${id}`)
        if (answer?.status === 200) unseen.delete(id)
      }
      return unseen.size
    }
    await expect.poll(countUnseen, { timeout: 180_000, interval: 1_000 }).toBe(0)
    await stopRestarting()
    await cluster.servers['kafka-1']!.start()
    await cluster.probe('kafka-1', 'ready')
  }, 600_000)

  describe('in a Kafka pod', () => {
    const kafkaTool = (lines: string, definition = KAFKA_TOOL) => cluster.shell('kafka-0', `${definition}\n${lines}`)

    test('the documented function lists the groups, without lines of a log', async () => {
      const lines = 'kafka_tool kafka-consumer-groups --list'
      const listed = await kafkaTool(lines)
      expect(listed.trim().split('\n')).toEqual(expect.arrayContaining([DECISIONS, TIMER]))
      expect(listed).not.toMatch(LOG_LINE)
      expect(await kafkaTool(lines, KAFKA_TOOL.replace('-u KAFKA_LOG4J_OPTS', ''))).toMatch(LOG_LINE)
    }, 120_000)

    test('every documented line runs', async () => {
      // Some lines rewind groups, which must have no members then.
      await Promise.all([processes.sinks.end(), processes.decisions.end()])
      for (const line of KAFKA_TOOL_LINES) expect(await kafkaTool(line), line).not.toMatch(LOG_LINE)
      expect(KAFKA_TOOL_LINES.length).toBeGreaterThanOrEqual(7)
    }, 300_000)
  })
})
