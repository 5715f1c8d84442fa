import { Kafka, UpstashError } from '@upstash/kafka'
import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { withoutRetries } from '../log-through-proxy/rest-format.ts'
import { newConsumer, openUpstash } from './open-upstash.ts'

test('lists topics with their numbers of partitions', async () => {
  const { kafka } = await openUpstash()
  expect(await kafka.admin().topics()).toEqual({ blue: 1, cities: 3, green: 1, red: 1 })
})

test('lists consumers with their partitions, and removes them', async () => {
  const { kafka } = await openUpstash()
  const names = newConsumer()
  await kafka.consumer().consume({ ...names, topics: ['green', 'cities'], timeout: 10 })
  const listed = () => kafka.admin().consumers()
  expect(await listed()).toMatchObject([{ name: names.consumerGroupId, instances: [{ name: names.instanceId }] }])
  await until('the consumer has its partitions', async () => (await listed())[0]!.instances[0]!.topics.length === 2)
  expect((await listed())[0]!.instances[0]!.topics).toEqual([
    { topic: 'cities', partitions: [0, 1, 2] },
    { topic: 'green', partitions: [0] },
  ])
  await kafka.admin().removeConsumerInstance(names.consumerGroupId, names.instanceId)
  expect(await listed()).toEqual([])
})

test('returns committed offsets of one or several partitions, before and after a commit', async () => {
  const { kafka } = await openUpstash()
  const names = newConsumer()
  await kafka.producer().produce('green', 'a')
  const consumer = { ...names, topics: ['green'], autoOffsetReset: 'earliest' as const, autoCommit: false }
  await kafka.consumer().consume({ ...consumer, timeout: 5000 })
  const topicPartition = { topic: 'green', partition: 0 }
  const one = () => kafka.admin().committedOffsets({ ...names, topicPartition })
  expect(await one()).toEqual([{ ...topicPartition, offset: -1 }])
  await kafka.consumer().commit(names)
  expect(await one()).toEqual([{ ...topicPartition, offset: 1 }])
  const topicPartitions = [{ topic: 'cities', partition: 2 }, topicPartition]
  expect(await kafka.admin().committedOffsets({ ...names, topicPartitions })).toEqual([
    { topic: 'cities', partition: 2, offset: -1 },
    { ...topicPartition, offset: 1 },
  ])
})

test('returns offsets by time for one or several partitions', async () => {
  const { kafka } = await openUpstash()
  await kafka.producer().produceMany([1_000, 2_000].map((timestamp) => ({ topic: 'green', value: 'a', timestamp })))
  const topicPartition = { topic: 'green', partition: 0 }
  const at = async (timestamp: number | 'earliest' | 'latest') =>
    (await kafka.admin().topicPartitionOffsets({ timestamp, topicPartition })).map(({ offset }) => offset)
  expect(await at('earliest')).toEqual([0])
  expect(await at('latest')).toEqual([2])
  expect([await at(500), await at(1_500), await at(Date.now())]).toEqual([[0], [1], [2]])
  const topicPartitions = [topicPartition, { topic: 'cities', partition: 1 }]
  expect(await kafka.admin().topicPartitionOffsets({ timestamp: 'latest', topicPartitions })).toEqual([
    { ...topicPartition, offset: 2 },
    { topic: 'cities', partition: 1, offset: 0 },
  ])
})

describe('a rejected request throws an error with its reason', () => {
  const names = newConsumer()
  const rejections: [what: string, call: (kafka: Kafka) => Promise<unknown>, status: number, error: RegExp][] = [
    ['an unknown topic', (kafka) => kafka.producer().produce('none', 'a'), 404, /topic none does not exist/],
    ['a message without a value', (kafka) => kafka.producer().produce('red', undefined), 400, /value is missing/],
    ['an unknown partition', (kafka) => kafka.producer().produce('red', 'a', { partition: 7 }), 400, /no partition 7/],
    ['no topics', (kafka) => kafka.consumer().consume({ ...names, topics: [] }), 400, /topics is missing/],
    ['an unknown instance', (kafka) => kafka.consumer().commit(names), 404, /has no instance/],
    ['an unknown consumer', (kafka) => kafka.admin().removeConsumerInstance('a', 'b'), 404, /has no instance/],
  ]
  test.each(rejections)('for %s', async (_, call, status, error) => {
    const { kafka } = await openUpstash()
    const thrown = await call(withoutRetries(kafka)).catch((reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(UpstashError)
    expect(thrown).toMatchObject({ status, error: expect.stringMatching(error) })
  })

  test('for wrong credentials', async () => {
    const { url } = await openUpstash()
    const stranger = withoutRetries(new Kafka({ url, username: 'proxy', password: 'wrong' }))
    await expect(stranger.admin().topics()).rejects.toMatchObject({ status: 401, name: 'UpstashError' })
  })
})
