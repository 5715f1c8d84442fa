import { expect } from 'vitest'
import { MAX_MESSAGE_BYTES, MAX_SEND, type Bytes, type LogErrorCode, type Outgoing } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { numbered, readAll, startReader, textOf, until, valuesOf, type Check, type CaseOptions } from './scene.ts'

const KEYS = ['listing-123', '', 'ключ', '予約', '🏨🔑', 'é', 'x'.repeat(300), ...numbered(60)]

/** The promises of `send`. */
export function sendingCases(check: Check): void {
  check('returns the positions in the order of the messages', {}, async ({ log, topic }) => {
    const first = await log.send([2, 0, 2, 1].map((partition) => ({ topic, partition, value: 'a' })))
    const then = await log.send([1, 2].map((partition) => ({ topic, partition, value: 'b' })))
    expect(first.map(({ partition, offset }) => [partition, offset])).toEqual([
      [2, 0],
      [0, 0],
      [2, 1],
      [1, 0],
    ])
    expect(then).toEqual([
      { topic, partition: 1, offset: 1 },
      { topic, partition: 2, offset: 2 },
    ])
  })

  check('keeps the order of messages with one key', {}, async ({ log, topic }) => {
    const values = numbered(40)
    for (const value of values) await log.send([{ topic, key: 'listing-123', value }])
    const messages = await readAll(log, topic, partitionOf('listing-123', 3), 40)
    expect(valuesOf(messages)).toEqual(values)
    expect(messages.map(({ offset }) => offset)).toEqual(values.map((_, i) => i))
  })

  check('appends concurrent calls in call order, each without gaps', {}, async ({ log, topic }) => {
    const calls = Array.from({ length: 40 }, (_, call) => numbered(10).map((value) => `call ${call} ${value}`))
    const sent = await Promise.all(
      calls.map((values) => log.send(values.map((value) => ({ topic, partition: 1, value })))),
    )
    expect(sent.flat().map(({ offset }) => offset)).toEqual(Array.from({ length: 400 }, (_, i) => i))
    expect(valuesOf(await readAll(log, topic, 1, 400))).toEqual(calls.flat())
  })

  check('derives the partition from the key like every Kafka client', { partitions: 7 }, async ({ log, topic }) => {
    const positions = await log.send(KEYS.map((key) => ({ topic, key, value: 'a' })))
    expect(positions.map(({ partition }) => partition)).toEqual(KEYS.map((key) => partitionOf(key, 7)))
  })

  check('prefers an explicit partition to the key', {}, async ({ log, topic }) => {
    const partition = (partitionOf('listing-123', 3) + 1) % 3
    const [position] = await log.send([{ topic, partition, key: 'listing-123', value: 'a' }])
    expect(position).toEqual({ topic, partition, offset: 0 })
  })

  check('accepts a message without a key', {}, async ({ log, topic }) => {
    const [position] = await log.send([{ topic, value: 'no key' }])
    expect(valuesOf(await readAll(log, topic, position!.partition, 1))).toEqual(['no key'])
  })

  check('accepts several topics in one call', {}, async ({ log, topic, newTopic }) => {
    const other = await newTopic(1)
    const sent = await log.send([topic, other, topic].map((topic) => ({ topic, partition: 0, value: topic })))
    expect(sent.map(({ topic, offset }) => [topic, offset])).toEqual([
      [topic, 0],
      [other, 0],
      [topic, 1],
    ])
  })

  check('keeps the order of headers and repeated names', {}, async ({ log, topic }) => {
    const headers = [
      ['event-type', 'booking.created'],
      ['trace', 'first'],
      ['Trace', ''],
      ['trace', 'zweite – 二'],
      ['2', 'two'],
      ['1', 'one'],
    ] as const
    await log.send([{ topic, partition: 0, value: 'a', headers }])
    const [message] = await readAll(log, topic, 0, 1)
    expect(message!.headers.map(([name, value]) => [name, textOf(value)])).toEqual(headers)
  })

  check('keeps empty names, empty values and null values of headers', {}, async ({ log, topic }) => {
    const headers = [
      ['', 'without a name'],
      ['', null],
      ['empty', ''],
      ['absent', null],
      ['absent', 'then present'],
      ['absent', null],
    ] as const
    await log.send([
      { topic, partition: 0, value: 'a', headers },
      { topic, partition: 0, value: 'b' },
    ])
    const [first, second] = await readAll(log, topic, 0, 2)
    expect(first!.headers.map(([name, value]) => [name, textOf(value)])).toEqual(headers)
    expect(second!.headers).toEqual([])
  })

  check('delivers what it reads to a member in the same form', {}, async ({ log, topic, group }) => {
    await log.send([{ topic, partition: 0, value: '', headers: [['absent', null]] }])
    const reader = await startReader(log, { group, topics: [topic] })
    await until('the message arrived', () => reader.seen.length > 0)
    expect(reader.seen).toEqual(await readAll(log, topic, 0, 1))
  })

  check('keeps text in any script', {}, async ({ log, topic }) => {
    const texts = ['', 'Grüße', '予約 🏨', '\u0000\n"\\', 'a'.repeat(100_000)]
    await log.send(texts.map((text) => ({ topic, partition: 0, key: text, value: text })))
    const messages = await readAll(log, topic, 0, texts.length)
    expect(valuesOf(messages)).toEqual(texts)
    expect(messages.map(({ key }) => textOf(key) ?? '')).toEqual(texts)
  })

  check('keeps arbitrary bytes in key, value and headers', { needs: 'bytes' }, async ({ log, topic }) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i)
    await log.send([{ topic, partition: 0, key: bytes, value: bytes, headers: [['raw', bytes]] }])
    const [message] = await readAll(log, topic, 0, 1)
    const found = [message!.key!, message!.value!, message!.headers[0]![1]!]
    expect(found.map(plain)).toEqual([plain(bytes), plain(bytes), plain(bytes)])
  })

  check('distinguishes null from empty', { needs: 'tombstones' }, async ({ log, topic }) => {
    await log.send([
      { topic, partition: 0, key: null, value: null },
      { topic, partition: 0, key: '', value: '' },
    ])
    const messages = await readAll(log, topic, 0, 2)
    expect(messages.map(({ key, value }) => [textOf(key), textOf(value)])).toEqual([
      [null, null],
      ['', ''],
    ])
  })

  check('keeps a given timestamp and otherwise uses the current time', {}, async ({ log, topic }) => {
    const before = Date.now()
    await log.send([{ topic, partition: 0, value: 'a', timestamp: 1_700_000_000_123 }])
    await log.send([{ topic, partition: 0, value: 'b' }])
    const [given, taken] = await readAll(log, topic, 0, 2)
    expect(given!.timestamp).toBe(1_700_000_000_123)
    expect(taken!.timestamp).toBeGreaterThanOrEqual(before)
    expect(taken!.timestamp).toBeLessThanOrEqual(Date.now())
  })

  check('accepts a call of the maximum size and an empty call', {}, async ({ log, topic }) => {
    const sent = await log.send(numbered(MAX_SEND).map((value) => ({ topic, partition: 0, value })))
    expect(sent.at(-1)).toEqual({ topic, partition: 0, offset: MAX_SEND - 1 })
    expect(await log.send([])).toEqual([])
  })

  for (const [what, code, wrong, options = {}] of WRONG) {
    check(`rejects a whole call with ${what}`, options, async ({ log, topic }) => {
      const good = { topic, partition: 0, value: 'good' }
      await expect(log.send([good, ...wrong(topic), good])).rejects.toMatchObject({ name: 'LogError', code })
      expect((await log.bounds(topic)).map(({ end }) => end)).toEqual([0, 0, 0])
    })
  }

  const queueLimit = { messages: 20, bytes: 10_000 }
  check(
    'rejects with `overloaded` when its queue is full',
    { needs: 'overload', queueLimit },
    async ({ log, topic }) => {
      const calls = Array.from({ length: 30 }, () => log.send([{ topic, partition: 0, value: 'a' }]))
      const settled = await Promise.allSettled(calls)
      const refused = settled.filter(({ status }) => status === 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'overloaded' })
      expect((await log.bounds(topic))[0]!.end).toBe(30 - refused.length)
      await expect(log.send([{ topic, partition: 0, value: 'after the queue has room' }])).resolves.toHaveLength(1)
    },
  )

  check('limits the bytes in its queue', { needs: 'overload', queueLimit }, async ({ log, topic }) => {
    const large = { topic, partition: 0, value: 'x'.repeat(6000) }
    const [first, second] = await Promise.allSettled([log.send([large]), log.send([large])])
    expect(first).toMatchObject({ status: 'fulfilled' })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'overloaded' } })
  })
}

const WRONG: [what: string, code: LogErrorCode, messages: (topic: string) => Outgoing[], options?: CaseOptions][] = [
  ['an unknown topic', 'not_found', () => [{ topic: 'no-such-topic', value: 'a' }]],
  ['a partition out of range', 'not_found', (topic) => [{ topic, partition: 3, value: 'a' }]],
  ['a negative partition', 'not_found', (topic) => [{ topic, partition: -1, value: 'a' }]],
  [
    'too many messages',
    'invalid',
    (topic) => numbered(MAX_SEND).map((value) => ({ topic, partition: 0, value })),
    { needs: 'maxSend' },
  ],
  ['a message that is too large', 'too_large', (topic) => [{ topic, value: 'x'.repeat(MAX_MESSAGE_BYTES + 1) }]],
  ['an invalid timestamp', 'invalid', (topic) => [{ topic, value: 'a', timestamp: -1 }]],
]

const plain = (bytes: Bytes): number[] => [...bytes]
