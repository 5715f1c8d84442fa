import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import type { ServerProcess } from '../history/server-process.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { type Cluster, startCluster } from '../k8s/cluster.ts'
import { describeCluster } from '../k8s/describe-cluster.ts'
import { manualContent } from '../k8s/manual-content.ts'
import { overlayFolder, render } from '../k8s/render.ts'

/** ZooKeeper, Kafka and our processes with the settings of the overlay `dev`, and the shared MongoDB of these tests. */
describeCluster('The overlay dev, with its own settings for Kafka and ZooKeeper', ({ mongodbUri }, tools) => {
  let folder: string
  let cluster: Cluster
  let processes: ServerProcess[]
  let as: (role: 'traveler' | 'owner', subject: string) => Promise<RecordingClient>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reservoir-k8s-dev-'))
    const resources = await render(tools, overlayFolder('dev'))
    const keys = await devKeys(folder, {})
    const services = { proxy: ['proxy-0'], processor: ['processor-0'], mongodb: ['mongodb-0'] }
    cluster = await startCluster(resources, { folder, manualContent: manualContent(folder, keys.jwks), services })
    await cluster.job('topics')
    const uri = `${mongodbUri}k8s_dev_${Date.now()}`
    processes = [
      cluster.process('proxy', { name: 'PROXY_PORT', number: 8082 }),
      cluster.process(
        'processor',
        { name: 'PROCESSOR_PORT', number: 8090 },
        { MONGODB_URI: uri, MONGODB_URI_FILE: '' },
      ),
      cluster.process('edge', { name: 'EDGE_PORT', number: 8787 }),
    ]
    for (const each of processes) each.start()
    for (const each of processes) await each.untilReadiness(200)
    as = async (role, subject) =>
      recordingClient(() => processes[2]!.origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, [])
  }, 240_000)

  afterAll(async () => {
    await Promise.all((processes ?? []).map((each) => each.end('SIGKILL')))
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
    expect(processes[1]!.output()).not.toContain('the plan says')
  })

  test('the port 9092 of the documents serves the same topics', async () => {
    const log = openKafkaLog({
      brokers: [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 9092)}`],
      report: () => undefined,
    })
    expect((await log.topics()).map(({ topic }) => topic)).toContain(TOPICS.bookings)
    await log.close()
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

  const resultOf = (pod: string, probe: 'live' | 'ready') =>
    cluster.probe(pod, probe).then(
      () => 'yes',
      () => 'no',
    )
})
