import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeEvent } from '#domain/dialects/registry.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { countingReads } from '../../testing/counting-reads.ts'
import { eventOf } from '../../testing/events.ts'
import { type Entry, entryOf } from './entry.ts'
import { LogTail } from './log-tail.ts'
import { endOf, type Vector } from './vector.ts'

const topic = TOPICS.bookings
const PARTITIONS = [0, 1, 2]

let log: Log
let tail: LogTail
let decoded: number
let leaving: AbortController

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics(plannedTopics(TOPICS))
  decoded = 0
  tail = new LogTail({ log, topic, decode: (message) => (decoded++, entryOf(message)) })
  leaving = new AbortController()
})

afterEach(async () => {
  leaving.abort()
  await log.close()
})

let written = 0
const write = (partition: number, count: number) =>
  log.send(Array.from({ length: count }, () => ({ topic, partition, ...encodeEvent(eventOf(written++)) })))

interface Reader {
  /** The offsets taken so far, by partition. */
  taken: number[][]
  following: Promise<void>
}

/** Begins to read, at the end of the log or at a vector, until the test ends. */
async function read(from?: Vector, wait: () => Promise<void> = async () => {}): Promise<Reader> {
  const end = await endOf(log, topic)
  const taken: number[][] = PARTITIONS.map(() => [])
  const take = async ({ partition, offset, event }: Entry) => {
    await wait()
    expect(event).toBeDefined()
    taken[partition]!.push(offset)
  }
  return { taken, following: tail.follow(from ?? end, end, leaving.signal, take) }
}

const range = (from: number, end: number): number[] => Array.from({ length: end - from }, (_, n) => from + n)
const rangesTo = (end: Vector, from: Vector = [0, 0, 0]) => from.map((offset, n) => range(offset, end[n]!))

test('the tail decodes each event once for any number of readers', async () => {
  await write(1, 7)
  const readers = await Promise.all(Array.from({ length: 20 }, () => read()))
  for (const partition of PARTITIONS) await write(partition, 50)
  for (const { taken } of readers) await expect.poll(() => taken).toEqual(rangesTo([50, 57, 50], [0, 7, 0]))
  expect(decoded).toBe(150)
})

test('readers that join while events are written receive each event once, from their last position', async () => {
  const joined: { from: Vector; reader: Reader }[] = []
  for (let round = 0; round < 30; round++) {
    const end = await endOf(log, topic)
    const from = end.map((offset) => Math.max(0, offset - 13 * (round % 5)))
    const writing = PARTITIONS.map((partition) => write(partition, 1 + ((round + partition) % 40)))
    joined.push({ from, reader: await read(from) })
    await Promise.all(writing)
  }
  const end = await endOf(log, topic)
  for (const { from, reader } of joined) await expect.poll(() => reader.taken).toEqual(rangesTo(end, from))
})

test('a reader that falls behind catches up from the log, and does not delay other readers', async () => {
  const gate = Promise.withResolvers<void>()
  const slow = await read(undefined, () => gate.promise)
  const fast = await read()
  for (let n = 0; n < 5; n++) await write(0, 400)
  await expect.poll(() => fast.taken[0]).toEqual(range(0, 2_000))
  expect(slow.taken[0]).toEqual([])
  expect(decoded).toBe(2_000)
  gate.resolve()
  await expect.poll(() => slow.taken[0]).toEqual(range(0, 2_000))
  await write(0, 1)
  await expect.poll(() => [slow.taken[0]!.at(-1), fast.taken[0]!.at(-1)]).toEqual([2_000, 2_000])
})

test('the tail reads the log only while it has readers', async () => {
  const counted = countingReads(log)
  tail = new LogTail({ log: counted.log, topic })
  const reader = await read()
  expect(counted.underWay()).toBe(PARTITIONS.length)
  leaving.abort()
  await reader.following
  // Each loop ends with the read that is under way.
  for (const partition of PARTITIONS) await write(partition, 1)
  await expect.poll(counted.underWay).toBe(0)
})

test('a partition that cannot be read ends the reading of the other partitions', async () => {
  const counted = countingReads(log)
  tail = new LogTail({ log: counted.log, topic })
  const pastTheEnd = [0, 9, 0]
  const taken: Entry[] = []
  const following = tail.follow(pastTheEnd, pastTheEnd, leaving.signal, async (entry) => void taken.push(entry))
  await expect(following).rejects.toMatchObject({ code: 'out_of_range' })
  for (const partition of PARTITIONS) await write(partition, 1)
  await expect.poll(counted.underWay).toBe(0)
  expect(taken).toEqual([])
})

test('an unreadable log ends the readers with its error', async () => {
  const readers = await Promise.all([read(), read([0, 0, 0])])
  await log.close()
  for (const { following } of readers) await expect(following).rejects.toMatchObject({ code: 'closed' })
})
