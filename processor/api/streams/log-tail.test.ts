import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { encodeEvent } from '#domain/dialects/registry.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type Log, LogError } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { countingReads } from '../../testing/counting-reads.ts'
import { eventOf } from '../../testing/events.ts'
import { type Audience, itemsIn, notificationsOf } from './entry.ts'
import { LogTail } from './log-tail.ts'

const topic = TOPICS.bookings
const PARTITIONS = [0, 1, 2]

let log: Log
let decoded: number
let reported: unknown[]

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics(plannedTopics(TOPICS))
  decoded = 0
  reported = []
})

afterEach(() => log.close())

const tailOf = (of: Log): LogTail =>
  new LogTail({
    log: of,
    topic,
    decode: (message) => (decoded++, itemsIn(message)),
    report: (error) => reported.push(error),
  })

let written = 0
const write = (partition: number, count: number, travelerId?: string) =>
  log.send(Array.from({ length: count }, () => ({ topic, partition, ...encodeEvent(eventOf(written++, travelerId)) })))

/** A stream, and the offsets that it took, by partition. */
async function join(tail: LogTail, audience: Audience = 'events') {
  const taken: number[][] = PARTITIONS.map(() => [])
  let failures = 0
  const joined = await tail.join({
    audience,
    take: ({ partition, offset }) => void taken[partition]!.push(offset),
    fail: () => void failures++,
  })
  onTestFinished(joined.leave)
  return { ...joined, taken, failures: () => failures }
}

const range = (from: number, end: number): number[] => Array.from({ length: end - from }, (_, n) => from + n)

test('decodes each event once for thousands of idle streams, and hands it only to the stream that it concerns', async () => {
  const tail = tailOf(log)
  const idle = await Promise.all(range(0, 5_000).map((n) => join(tail, notificationsOf(`idle-${n}`))))
  const concerned = await join(tail, notificationsOf('t1'))
  for (const partition of PARTITIONS) await write(partition, 50)
  await expect.poll(() => concerned.taken).toEqual(PARTITIONS.map(() => range(0, 50)))
  expect(decoded).toBe(150)
  expect(idle.flatMap(({ taken }) => taken.flat())).toEqual([])
})

test('streams that join while events are written receive each event once, from where they joined', async () => {
  const tail = tailOf(log)
  const streams: Awaited<ReturnType<typeof join>>[] = []
  for (let round = 0; round < 30; round++) {
    const writing = PARTITIONS.map((partition) => write(partition, 1 + ((round + partition) % 40)))
    streams.push(await join(tail))
    await Promise.all(writing)
  }
  const ends = (await log.bounds(topic)).map(({ end }) => end)
  for (const { position, taken } of streams)
    await expect.poll(() => taken).toEqual(ends.map((end, n) => range(position[n]!, end)))
})

test('reads the log only while a stream is open, and begins at its end again', async () => {
  const counted = countingReads(log)
  const tail = tailOf(counted.log)
  const first = await join(tail)
  await expect.poll(counted.underWay).toBe(PARTITIONS.length)
  first.leave()
  // Each loop ends with the read that is under way.
  for (const partition of PARTITIONS) await write(partition, 1)
  await expect.poll(counted.underWay).toBe(0)
  const second = await join(tail)
  expect(second.position).toEqual([1, 1, 1])
  await write(1, 1)
  await expect.poll(() => second.taken).toEqual([[], [1], []])
  expect(first.taken).toEqual([[], [], []])
})

test('keeps streams open during an outage of the log', async () => {
  let isAway = false
  const flaky = around(log, async (method, call) => {
    if (method === 'read' && isAway) throw new LogError('unavailable', 'away')
    return call()
  })
  const stream = await join(tailOf(flaky))
  isAway = true
  await write(0, 2)
  await expect.poll(() => stream.taken[0]).toEqual([0, 1])
  await write(0, 1)
  isAway = false
  await expect.poll(() => stream.taken[0]).toEqual([0, 1, 2])
  expect(stream.failures()).toBe(0)
})

test('fails every stream once when a partition cannot be read any more, and reports it once', async () => {
  const broken = around(log, async (method, call) => {
    if (method === 'read') throw new LogError('out_of_range', 'gone')
    return call()
  })
  const streams = await Promise.all([join(tailOf(broken)), join(tailOf(broken))])
  await expect.poll(() => streams.map(({ failures }) => failures())).toEqual([1, 1])
  expect(reported).toHaveLength(2)
})

test('a log that closes ends the streams without a report', async () => {
  const stream = await join(tailOf(log))
  await log.close()
  await expect.poll(stream.failures).toBe(1)
  expect(reported).toEqual([])
})

test('a log that cannot be opened rejects, and a later stream opens it', async () => {
  let isAway = true
  const flaky = around(log, async (_, call) => {
    if (isAway) throw new LogError('unavailable', 'away')
    return call()
  })
  const tail = tailOf(flaky)
  await expect(join(tail)).rejects.toMatchObject({ code: 'unavailable' })
  isAway = false
  expect((await join(tail)).position).toEqual([0, 0, 0])
})
