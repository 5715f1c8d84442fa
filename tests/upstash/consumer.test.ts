import type { Message } from '@upstash/kafka'
import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { newConsumer, openUpstash } from './open-upstash.ts'

const values = (messages: Message[]): string[] => messages.map(({ value }) => value)

describe('fetch', () => {
  test('reads one partition, several, or both forms together', async () => {
    const { kafka, log } = await openUpstash()
    await log.send([0, 1, 2].map((partition) => ({ topic: 'cities', partition, value: `city ${partition}` })))
    await log.send(['a', 'b'].map((value) => ({ topic: 'green', value })))
    const c = kafka.consumer()
    const topicPartitionOffsets = [
      { topic: 'cities', partition: 1, offset: 0 },
      { topic: 'cities', partition: 2, offset: 0 },
    ]
    const single = { topic: 'green', partition: 0, offset: 1 }
    expect(values(await c.fetch({ ...single, timeout: 1000 }))).toEqual(['b'])
    expect(values(await c.fetch({ topicPartitionOffsets, timeout: 1000 }))).toEqual(['city 1', 'city 2'])
    expect(values(await c.fetch({ ...single, topicPartitionOffsets, timeout: 5000 }))).toEqual([
      'city 1',
      'city 2',
      'b',
    ])
    expect(values(await c.fetch({ ...single, topicPartitionOffsets }, { parallel: false })).sort()).toEqual([
      'b',
      'city 1',
      'city 2',
    ])
  })

  test('waits for a message that does not exist yet', async () => {
    const { kafka } = await openUpstash()
    const waiting = kafka.consumer().fetch({ topic: 'red', partition: 0, offset: 0, timeout: 10_000 })
    await kafka.producer().produce('red', 'late')
    expect(values(await waiting)).toEqual(['late'])
    expect(await kafka.consumer().fetch({ topic: 'red', partition: 0, offset: 1, timeout: 10 })).toEqual([])
  })
})

describe('consume', () => {
  test('returns waiting messages on the first call of a new group', async () => {
    const { kafka, log } = await openUpstash()
    await log.send(['a', 'b'].map((value) => ({ topic: 'green', value })))
    const consumer = { ...newConsumer(), topics: ['green'], autoOffsetReset: 'earliest' as const, timeout: 5000 }
    expect(values(await kafka.consumer().consume(consumer))).toEqual(['a', 'b'])
  })

  test('reads several topics and continues where it was', async () => {
    const { kafka } = await openUpstash()
    const topics = ['green', 'cities', 'red']
    const consumer = { ...newConsumer(), topics, timeout: 1000, autoOffsetReset: 'earliest' } as const
    const seen: string[] = []
    for (const topic of topics) await kafka.producer().produce(topic, topic)
    await until('all messages arrived', async () => {
      seen.push(...values(await kafka.consumer().consume(consumer)))
      return seen.length >= 3
    })
    expect(seen.toSorted()).toEqual(['cities', 'green', 'red'])
    await kafka.producer().produce('green', 'more')
    expect(values(await kafka.consumer().consume(consumer))).toEqual(['more'])
  })

  test('starts at the end by default', async () => {
    const { kafka } = await openUpstash()
    await kafka.producer().produce('green', 'before')
    const consumer = { ...newConsumer(), topics: ['green'], timeout: 10 }
    expect(await kafka.consumer().consume(consumer)).toEqual([])
    await kafka.producer().produce('green', 'after')
    expect(values(await kafka.consumer().consume({ ...consumer, timeout: 5000 }))).toEqual(['after'])
  })

  test('commits automatically after the interval', async () => {
    const { kafka, log } = await openUpstash()
    await kafka.producer().produce('green', 'a')
    const names = newConsumer()
    const settings = { autoCommit: true, autoCommitInterval: 30, autoOffsetReset: 'earliest' } as const
    await kafka.consumer().consume({ ...names, ...settings, topics: ['green'], timeout: 5000 })
    await until('the offset is committed', async () => (await log.committed(names.consumerGroupId, 'green'))[0] === 1)
  })
})

describe('commit', () => {
  const open = async () => {
    const upstash = await openUpstash()
    await upstash.log.send(['a', 'b', 'c'].map((value) => ({ topic: 'green', value })))
    const names = newConsumer()
    const settings = { autoCommit: false, autoOffsetReset: 'earliest', timeout: 5000 } as const
    const c = upstash.kafka.consumer()
    const messages = await c.consume({ ...names, ...settings, topics: ['green'] })
    const committed = async () =>
      (await c.committed({ ...names, topicPartitions: [{ topic: 'green', partition: 0 }] }))[0]
    return { ...upstash, c, names, messages, committed }
  }

  test("commits message by message, like the client's README", async () => {
    const { c, names, messages, committed } = await open()
    expect(await committed()).toEqual({ topic: 'green', partition: 0, offset: -1 })
    for (const { topic, partition, offset } of messages) {
      await c.commit({ ...names, offset: { topic, partition, offset } })
      expect(await committed()).toEqual({ topic, partition, offset })
    }
  })

  test('commits several offsets at once', async () => {
    const { c, names, committed } = await open()
    await c.commit({ ...names, offset: [{ topic: 'green', partition: 0, offset: 2 }] })
    expect(await committed()).toMatchObject({ offset: 2 })
  })

  test('commits everything that was consumed', async () => {
    const { c, names, committed } = await open()
    await c.commit(names)
    expect(await committed()).toMatchObject({ offset: 3 })
  })

  test('lets the next instance continue at the commit', async () => {
    const { c, kafka, names } = await open()
    await c.commit({ ...names, offset: { topic: 'green', partition: 0, offset: 1 } })
    await kafka.admin().removeConsumerInstance(names.consumerGroupId, names.instanceId)
    const after = { consumerGroupId: names.consumerGroupId, instanceId: 'another' }
    expect(values(await c.consume({ ...after, topics: ['green'], timeout: 5000 }))).toEqual(['b', 'c'])
  })
})
