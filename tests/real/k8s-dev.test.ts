import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import type { Part } from '../history/server-process.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { type Cluster, startCluster } from '../k8s/cluster.ts'
import { describeCluster } from '../k8s/describe-cluster.ts'
import { madeByHand } from '../k8s/outside.ts'
import { overlayFolder, render } from '../k8s/render.ts'

/** ZooKeeper, Kafka and our processes as the overlay `dev` has them; MongoDB is the shared one of these tests. */
describeCluster('The overlay dev, with its own settings for Kafka and ZooKeeper', ({ mongodbUri }, tools) => {
  let folder: string
  let cluster: Cluster
  let parts: Part[]
  let as: (role: 'traveler' | 'owner', subject: string) => Promise<RecordingClient>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reservoir-k8s-dev-'))
    const resources = await render(tools, overlayFolder('dev'))
    const keys = await devKeys(folder, {})
    const services = { proxy: ['proxy-0'], processor: ['processor-0'], mongodb: ['mongodb-0'] }
    cluster = await startCluster(resources, { folder, outside: madeByHand(folder, keys.jwks), services })
    await cluster.job('topics')
    const uri = `${mongodbUri}k8s_dev_${Date.now()}`
    parts = [
      cluster.part('proxy', { name: 'PROXY_PORT', number: 8082 }),
      cluster.part('processor', { name: 'PROCESSOR_PORT', number: 8090 }, { MONGODB_URI: uri, MONGODB_URI_FILE: '' }),
      cluster.part('edge', { name: 'EDGE_PORT', number: 8787 }),
    ]
    for (const part of parts) part.start()
    for (const part of parts) await part.until(200)
    as = async (role, subject) =>
      recordingClient(() => parts[2]!.origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, [])
  }, 240_000)

  afterAll(async () => {
    await Promise.all((parts ?? []).map((part) => part.end('SIGKILL')))
    await cluster?.close()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test('a stay is booked, accepted and told of', async () => {
    const [traveler, owner] = await Promise.all([as('traveler', 'traveler-1'), as('owner', 'owner-1')])
    const body = { listingId: 'listing-123', checkIn: '2035-03-01', checkOut: '2035-03-04', guests: 2 }
    const asked = await traveler.insist('POST', '/v1/bookings', { key: 'k8s-dev', body })
    expect(asked.answer).toMatchObject({ status: 201, body: { status: 'pending' } })
    const id = asked.answer!.body.id as string
    const accepted = await owner.call('POST', `/v1/bookings/${id}/accept`)
    expect(accepted.answer).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const told = async () => (await traveler.call('GET', '/v1/notifications?unread=true')).answer?.body.data
    await expect.poll(told, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ bookingId: id }))
  })

  test('what the Job has made is what the processor plans', async () => {
    const log = openKafkaLog({
      brokers: [`127.0.0.1:${cluster.places.of('kafka-0', 29_092)}`],
      report: () => undefined,
    })
    const topics = await log.topics()
    await log.close()
    const names = [TOPICS.requests, TOPICS.bookings, `${TOPICS.requests}.dlq`, `${TOPICS.bookings}.dlq`]
    expect(topics).toEqual(expect.arrayContaining(names.map((topic) => ({ topic, partitions: 3 }))))
    expect(parts[1]!.output()).not.toContain('the plan says')
  })

  test('the documents’ other port answers the same', async () => {
    const log = openKafkaLog({ brokers: [`127.0.0.1:${cluster.places.of('kafka-0', 9092)}`], report: () => undefined })
    expect((await log.topics()).map(({ topic }) => topic)).toContain(TOPICS.bookings)
    await log.close()
  })

  test('the probes tell a server that serves from one that is frozen, and from one that has ended', async () => {
    const both = ['kafka-0', 'zookeeper-0'].map((pod) => ({ pod, server: cluster.servers[pod]! }))
    const answers = () =>
      Promise.all(both.flatMap(({ pod }) => (['live', 'ready'] as const).map((kind) => answerOf(pod, kind))))
    expect(await answers()).toEqual(['yes', 'yes', 'yes', 'yes'])
    for (const { server } of both) server.pause()
    expect(await answers()).toEqual(['no', 'no', 'no', 'no'])
    for (const { server } of both) server.resume()
    await expect.poll(answers, { timeout: 60_000 }).toEqual(['yes', 'yes', 'yes', 'yes'])
    await cluster.servers['kafka-0']!.stop('SIGKILL')
    expect(await answerOf('kafka-0', 'live')).toBe('no')
  }, 120_000)

  const answerOf = (pod: string, probe: 'live' | 'ready') =>
    cluster.probe(pod, probe).then(
      () => 'yes',
      () => 'no',
    )
})
