/** Partitions that cannot be read, and partitions that are added, while others are read. */
import { expect, test } from 'vitest'
import { startReader, until, valuesOf } from '#log/conformance/scene.ts'
import type { Log, LogError, Owned } from '#log/log.ts'
import { adminOf, setTrap, unique, valuesIn } from '../kafkajs-traps/trap.ts'
import { describeReal } from '../describe-real.ts'
import { sendTooLargeBatch } from './large-batch.ts'

const send = (log: Log, topic: string, value: string, partition = 0): Promise<unknown> =>
  log.send([{ topic, partition, value }])

type Failures = Map<string, LogError['code'] | undefined>
const recordIn =
  (failures: Failures) =>
  ({ topic, partition }: Owned, error: LogError | undefined): void =>
    void failures.set(`${topic}/${partition}`, error?.code)

describeReal('the partitions of a group', ({ brokers }) => {
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed']) {
    test(`are read when Kafka has compressed them with ${codec}`, async () => {
      const trap = await setTrap(brokers)
      const admin = await adminOf(trap)
      const topic = unique(codec)
      const configEntries = [{ name: 'compression.type', value: codec }]
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true })
      const log = trap.open()
      const values = Array.from({ length: 300 }, (_, i) => `${i} ${'a booking like the others '.repeat(i % 100)}`)
      await log.send(values.map((value) => ({ topic, partition: 0, value })))
      expect(await valuesIn(log, topic)).toEqual(values)
      const reader = await startReader(log, { group: trap.group, topics: [topic] })
      await until('the group has read everything', () => reader.seen.length >= values.length)
      expect(reader.values()).toEqual(values)
    })
  }

  test('are read around a batch that cannot be decoded, and it is reported', async () => {
    const trap = await setTrap(brokers, 2)
    const { truth: log, topic, group } = trap
    await send(log, topic, 'before')
    await sendTooLargeBatch(trap, topic)
    await send(log, topic, 'behind')
    const failures: Failures = new Map()
    const reader = await startReader(log, { group, topics: [topic], unreadable: recordIn(failures) })
    await until('the partition is reported', () => failures.size > 0)
    expect([...failures]).toEqual([[`${topic}/0`, 'unreadable']])
    await send(log, topic, 'beside', 1)
    await until('the other partition is read', () => reader.seen.length >= 2)
    expect(reader.values()).toEqual(['before', 'beside'])

    const read = (offset: number) => log.read({ topic, partition: 0, offset }, 10, 0)
    expect(valuesOf(await read(0))).toEqual(['before'])
    await expect(read(1)).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/offsets 1 to 1, .*the next readable offset is 2$/),
    })
    expect(valuesOf(await read(2))).toEqual(['behind'])

    const admin = await adminOf(trap)
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
    await until('the partition is read again', () => reader.values().includes('behind'))
    expect(failures.get(`${topic}/0`)).toBeUndefined()
  })

  test('are read when a topic of the group is deleted', async () => {
    const trap = await setTrap(brokers)
    const { truth, topic: kept, group, open } = trap
    const admin = await adminOf(trap)
    const deleted = unique('deleted')
    await truth.createTopics([{ topic: deleted, partitions: 1 }])
    const failures: Failures = new Map()
    const crashes: Error[] = []
    const log = open({ limitMs: 1000, partitionRefreshMs: 8000, crashed: (error) => void crashes.push(error) })
    const reader = await startReader(log, { group, topics: [deleted, kept], unreadable: recordIn(failures) })
    await admin.deleteTopics({ topics: [deleted] })
    await until('the topic is reported', () => failures.size > 0)
    expect([...failures]).toEqual([[`${deleted}/0`, 'not_found']])
    await send(truth, kept, 'while its topic is missing')
    await until('the other topic is read', () => reader.seen.length >= 1)
    await expect(log.read({ topic: deleted, partition: 0, offset: 0 }, 1, 0)).rejects.toMatchObject({
      code: 'not_found',
    })
    await send(truth, kept, 'afterwards')
    await until('the other topic is still read', () => reader.seen.length >= 2)
    expect(crashes).toEqual([])
  })

  test('are found when they are added, by groups and by waiting reads', async () => {
    const trap = await setTrap(brokers)
    const { topic, group, open } = trap
    const [log, other] = [open({ partitionRefreshMs: 500 }), open({ partitionRefreshMs: 500 })]
    const readers = [
      await startReader(log, { group, topics: [topic] }),
      await startReader(other, { group, topics: [topic] }),
    ]
    const admin = await adminOf(trap)
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    await until('each member knows the partitions', async () => {
      const counts = await Promise.all([log, other].map((each) => each.partitions(topic)))
      return counts.every((count) => count === 3)
    })
    for (const partition of [0, 1, 2]) await send(log, topic, `in ${partition}`, partition)
    const seen = (): (string | null)[] => readers.flatMap((reader) => reader.values())
    await until('every partition is read', () => new Set(seen()).size === 3)
    expect(await log.committed(group, topic)).toHaveLength(3)

    const started = performance.now()
    const waiting = log.read({ topic, partition: 2, offset: 1 }, 1, 20_000)
    await send(other, topic, 'at last', 2)
    expect(valuesOf(await waiting)).toEqual(['at last'])
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
