import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { backlog, type FitSystem, fullBatches, idleConnections, startFitSystem } from '../../bench/fit.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { type Cluster, startCluster } from '../k8s/cluster.ts'
import { describeCluster } from '../k8s/describe-cluster.ts'
import { KAFKA_TOOL } from '../k8s/kafka-tool.ts'
import { manualContent } from '../k8s/manual-content.ts'
import { overlayFolder, render } from '../k8s/render.ts'

/** ZooKeeper, Kafka and our processes with the settings of the overlay `dev`, and the shared MongoDB of these tests. */
describeCluster('The overlay dev, with its own settings for Kafka and ZooKeeper', ({ mongodbUri }, tools) => {
  let folder: string
  let cluster: Cluster
  let system: FitSystem
  let as: (role: 'traveler' | 'owner', subject: string) => Promise<RecordingClient>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reservoir-k8s-dev-'))
    const resources = await render(tools, overlayFolder('dev'))
    const keys = await devKeys(folder, {})
    const services = { proxy: ['proxy-0'], processor: ['processor-0'], mongodb: ['mongodb-0'] }
    cluster = await startCluster(resources, { folder, manualContent: manualContent(folder, keys.jwks), services })
    system = await startFitSystem(cluster, `${mongodbUri}k8s_dev_${Date.now()}`)
    as = async (role, subject) =>
      recordingClient(() => system.edge.origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, [])
  }, 240_000)

  afterAll(async () => {
    await system?.close()
    await cluster?.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test('a stay is booked and accepted, and the traveler is notified', async () => {
    const [traveler, owner] = await Promise.all([as('traveler', 'traveler-1'), as('owner', 'owner-1')])
    const body = { listingId: 'listing-123', checkIn: '2035-03-01', checkOut: '2035-03-04', guests: 2 }
    const requested = await traveler.callUntilAnswered('POST', '/v1/bookings', { key: 'k8s-dev', body })
    expect(requested.answer).toMatchObject({ status: 201, body: { status: 'pending' } })
    const id = requested.answer!.body.id as string
    const accepted = await owner.call('POST', `/v1/bookings/${id}/accept`)
    expect(accepted.answer).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const unread = async () => (await traveler.call('GET', '/v1/notifications?unread=true')).answer?.body.data
    await expect.poll(unread, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ bookingId: id }))
  })

  test('the Job creates the topics that the processor expects', async () => {
    const log = openKafkaLog({
      brokers: [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 29_092)}`],
      report: () => undefined,
    })
    const topics = await log.topics()
    await log.close()
    const names = [TOPICS.requests, TOPICS.bookings, `${TOPICS.requests}.dlq`, `${TOPICS.bookings}.dlq`]
    expect(topics).toEqual(expect.arrayContaining(names.map((topic) => ({ topic, partitions: 3 }))))
    expect(system.processor.output()).not.toContain('the plan says')
  })

  test('the port 9092 of the documents serves the same topics', async () => {
    const log = openKafkaLog({
      brokers: [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 9092)}`],
      report: () => undefined,
    })
    expect((await log.topics()).map(({ topic }) => topic)).toContain(TOPICS.bookings)
    await log.close()
  })

  test('the documented function runs Kafka’s tools in the Kafka pod', async () => {
    const listed = await cluster.shell('kafka-0', `${KAFKA_TOOL}\nkafka_tool kafka-topics --list`)
    expect(listed.trim().split('\n')).toContain(TOPICS.bookings)
  })

  describe('under the memory limit of its pod', () => {
    test('the processor catches up with a backlog, and is killed meanwhile', async () => {
      expect(await backlog(system, { listings: 3, requests: 2_000 })).toBeGreaterThan(0)
    }, 120_000)

    test('the proxy survives eight parallel batches of 7 MiB', async () => {
      expect(await fullBatches(system, 7 * 1024 * 1024)).toBeGreaterThan(0)
    }, 60_000)

    test('each process answers beside a thousand idle connections', async () => {
      for (const name of ['proxy', 'processor', 'edge'] as const) {
        expect(await idleConnections(system[name], 1_000)).toBeGreaterThan(0)
      }
    }, 60_000)
  })

  describe('the health check of docker-compose.yml', () => {
    const addressOf = (service: string): number =>
      ({
        zookeeper: () => cluster.addresses.portOf('zookeeper-0', 2181),
        kafka: () => cluster.addresses.portOf('kafka-0', 29_092),
        mongodb: () => Number(/:(\d+)\//.exec(mongodbUri)![1]),
        proxy: () => portIn(system.proxy.origin),
        processor: () => portIn(system.processor.origin),
        edge: () => portIn(system.edge.origin),
      })[service]!()

    test.each(['zookeeper', 'kafka', 'mongodb', 'proxy', 'processor', 'edge'])(
      'of %s succeeds while it serves, and fails for a port without an answer',
      async (service) => {
        await healthCheck(service, addressOf(service))
        const silent = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
        await once(silent, 'listening')
        await expect(healthCheck(service, (silent.address() as AddressInfo).port)).rejects.toThrow(/Command failed/)
        silent.close()
      },
    )
  })

  test('the probes succeed for a serving server and fail for a frozen or ended one', async () => {
    const both = ['kafka-0', 'zookeeper-0'].map((pod) => ({ pod, server: cluster.servers[pod]! }))
    const results = () =>
      Promise.all(both.flatMap(({ pod }) => (['live', 'ready'] as const).map((kind) => resultOf(pod, kind))))
    expect(await results()).toEqual(['yes', 'yes', 'yes', 'yes'])
    for (const { server } of both) server.pause()
    expect(await results()).toEqual(['no', 'no', 'no', 'no'])
    for (const { server } of both) server.resume()
    await expect.poll(results, { timeout: 60_000 }).toEqual(['yes', 'yes', 'yes', 'yes'])
    await cluster.servers['kafka-0']!.stop('SIGKILL')
    expect(await resultOf('kafka-0', 'live')).toBe('no')
  }, 120_000)

  const portIn = (origin: string): number => Number(new URL(origin).port)

  const resultOf = (pod: string, probe: 'live' | 'ready') =>
    cluster.probe(pod, probe).then(
      () => 'yes',
      () => 'no',
    )
})

interface Compose {
  services: Record<string, { healthcheck: { test: [kind: string, program: string, ...args: string[]] } }>
}

const COMPOSE = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'), {
  merge: true,
}) as Compose

/** Runs the health check of a service against another port. Rejects if it fails. */
async function healthCheck(service: string, port: number): Promise<void> {
  const [, program, ...args] = COMPOSE.services[service]!.healthcheck.test
  const local = args.map((text) =>
    text.replaceAll('$$', '$').replace(/(?<=\/dev\/tcp\/127\.0\.0\.1\/)\d+/, String(port)),
  )
  await promisify(execFile)(program, local, { timeout: 5_000 })
}
