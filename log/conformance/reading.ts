import { expect } from 'vitest'
import { MAX_BATCH_BYTES } from '#log/log.ts'
import { numbered, readAll, valuesOf, type Check } from './scene.ts'

/** The promises of `read`, `bounds`, `topics` and `createTopics`. */
export function readingCases(check: Check): void {
  check('reads from an offset, at most as many messages as asked for', {}, async ({ log, topic }) => {
    await log.send(numbered(10).map((value) => ({ topic, partition: 2, value })))
    await readAll(log, topic, 2, 10)
    const messages = await log.read({ topic, partition: 2, offset: 4 }, 3, 1000)
    expect(valuesOf(messages)).toEqual(['value 4', 'value 5', 'value 6'])
    expect(messages[0]).toMatchObject({ topic, partition: 2, offset: 4 })
  })

  check('reads at most the bytes of a batch, and the rest after them', {}, async ({ log, topic }) => {
    const value = 'x'.repeat(MAX_BATCH_BYTES / 5 - 100)
    for (let i = 0; i < 7; i++) await log.send([{ topic, partition: 0, value }])
    const messages = await log.read({ topic, partition: 0, offset: 0 }, 100, 1000)
    expect(messages.length).toBeGreaterThan(0)
    expect(messages.length).toBeLessThanOrEqual(5)
    expect(valuesOf(await readAll(log, topic, 0, 7))).toEqual(Array.from({ length: 7 }, () => value))
  })

  check('reads the same messages again', {}, async ({ log, topic }) => {
    await log.send([{ topic, partition: 0, value: 'a' }])
    const read = () => log.read({ topic, partition: 0, offset: 0 }, 10, 1000)
    expect(await Promise.all([read(), read(), read()])).toEqual([await read(), await read(), await read()])
  })

  check('a read at the end of a partition waits for the next message', {}, async ({ log, topic }) => {
    const started = performance.now()
    const waiting = log.read({ topic, partition: 1, offset: 0 }, 10, 15_000)
    await log.send([{ topic, partition: 0, value: 'elsewhere' }])
    await log.send([{ topic, partition: 1, value: 'here' }])
    expect(valuesOf(await waiting)).toEqual(['here'])
    expect(performance.now() - started).toBeLessThan(7000)
  })

  check('a new message ends every waiting read', {}, async ({ log, topic }) => {
    const waiting = [1, 2, 3].map(() => log.read({ topic, partition: 0, offset: 0 }, 10, 15_000))
    await log.send([{ topic, partition: 0, value: 'for all' }])
    expect((await Promise.all(waiting)).map(valuesOf)).toEqual([['for all'], ['for all'], ['for all']])
  })

  check('a read returns no messages when its wait is over', {}, async ({ log, topic }) => {
    const started = performance.now()
    expect(await log.read({ topic, partition: 0, offset: 0 }, 10, 60)).toEqual([])
    const tookMs = performance.now() - started
    expect(tookMs).toBeGreaterThan(50)
    expect(tookMs).toBeLessThan(3000)
  })

  check('an aborted signal ends a waiting read without messages, and no other read', {}, async ({ log, topic }) => {
    const started = performance.now()
    const client = new AbortController()
    const at = { topic, partition: 0, offset: 0 }
    const [ended, other] = [log.read(at, 10, 15_000, client.signal), log.read(at, 10, 15_000)]
    client.abort()
    expect(await ended).toEqual([])
    expect(await log.read(at, 10, 15_000, client.signal)).toEqual([])
    await log.send([{ topic, partition: 0, value: 'later' }])
    expect(valuesOf(await other)).toEqual(['later'])
    expect(performance.now() - started).toBeLessThan(7000)
  })

  check('rejects an offset past the end', {}, async ({ log, topic }) => {
    await log.send([{ topic, partition: 0, value: 'a' }])
    await expect(log.read({ topic, partition: 0, offset: 2 }, 1, 0)).rejects.toMatchObject({ code: 'out_of_range' })
    await expect(log.read({ topic, partition: 0, offset: -1 }, 1, 0)).rejects.toMatchObject({ code: 'out_of_range' })
  })

  check('rejects an unknown topic and an unknown partition', {}, async ({ log, topic }) => {
    const notFound = { code: 'not_found' }
    await expect(log.read({ topic: 'no-such-topic', partition: 0, offset: 0 }, 1, 0)).rejects.toMatchObject(notFound)
    await expect(log.read({ topic, partition: 3, offset: 0 }, 1, 0)).rejects.toMatchObject(notFound)
    await expect(log.bounds('no-such-topic')).rejects.toMatchObject(notFound)
    await expect(log.committed('a-group', 'no-such-topic')).rejects.toMatchObject(notFound)
  })

  check('returns the start and end of each partition', {}, async ({ log, topic }) => {
    await log.send([1, 1, 2].map((partition) => ({ topic, partition, value: 'a' })))
    expect(await log.bounds(topic)).toEqual([
      { partition: 0, first: 0, end: 0 },
      { partition: 1, first: 0, end: 2 },
      { partition: 2, first: 0, end: 1 },
    ])
  })

  check('finds the first message since an instant', {}, async ({ log, topic }) => {
    const sent = [1_000, 2_000, 3_000].map((timestamp) => ({ topic, partition: 1, value: 'a', timestamp }))
    await log.send(sent)
    expect(await log.since(topic, 0)).toEqual([0, 0, 0])
    expect(await log.since(topic, 1_001)).toEqual([0, 1, 0])
    expect(await log.since(topic, 3_000)).toEqual([0, 2, 0])
    expect(await log.since(topic, 3_001)).toEqual([0, 3, 0])
    await expect(log.since('no-such-topic', 0)).rejects.toMatchObject({ code: 'not_found' })
  })

  check('knows the number of partitions of a topic', {}, async ({ log, topic, newTopic }) => {
    expect(await log.partitions(topic)).toBe(3)
    expect(await log.partitions(await newTopic(5))).toBe(5)
    await expect(log.partitions('no-such-topic')).rejects.toMatchObject({ code: 'not_found' })
  })

  check('lists its topics by name', {}, async ({ log, topic, newTopic }) => {
    const other = await newTopic(5)
    const topics = await log.topics()
    expect(topics).toContainEqual({ topic, partitions: 3 })
    expect(topics).toContainEqual({ topic: other, partitions: 5 })
    const names = topics.map(({ topic }) => topic)
    expect(names).toEqual(names.toSorted())
  })

  check('creates a topic once', { needs: 'createTopics' }, async ({ log, topic }) => {
    await log.send([{ topic, partition: 0, value: 'stays' }])
    await log.createTopics([{ topic, partitions: 3 }])
    expect(valuesOf(await readAll(log, topic, 0, 1))).toEqual(['stays'])
  })

  check('rejects another number of partitions', { needs: 'createTopics' }, async ({ log, topic }) => {
    const topics = [{ topic, partitions: 4 }]
    await expect(log.createTopics(topics)).rejects.toMatchObject({ code: 'invalid' })
    expect(await log.bounds(topic)).toHaveLength(3)
  })

  for (const topic of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)]) {
    const title = `rejects the topic name ${JSON.stringify(topic.slice(0, 10))} (${topic.length} long)`
    check(title, { needs: 'createTopics' }, async ({ log }) => {
      await expect(log.createTopics([{ topic, partitions: 1 }])).rejects.toMatchObject({ code: 'invalid' })
      expect((await log.topics()).map(({ topic }) => topic)).not.toContain(topic)
    })
  }
}
