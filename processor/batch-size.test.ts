import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type Handler, type Log, LogError } from '#log/log.ts'
import { inParts } from './batch-size.ts'

const TOPIC = 'bookings'
const GROUP = 'a-sink'
const COUNT = 400
const MAX = 100

let log: Log

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics([{ topic: TOPIC, partitions: 1 }])
  await log.send(Array.from({ length: COUNT }, (_, i) => ({ topic: TOPIC, value: String(i) })))
})

afterEach(() => log.close())

/** A handler that records the size of each part and fails while it is too large; later it takes every size. */
function limited(largest: number, error: () => Error, failures = Infinity): { handle: Handler; sizes: number[] } {
  const sizes: number[] = []
  let left = failures
  const handle: Handler = async ({ messages }, lease) => {
    sizes.push(messages.length)
    if (messages.length > largest && left-- > 0) throw error()
    await lease.commit(messages.at(-1)!.offset)
  }
  return { handle, sizes }
}

const run = (handle: Handler) => log.run({ group: GROUP, topics: [TOPIC], maxBatch: MAX }, inParts(handle, MAX))

const committed = () => expect.poll(async () => (await log.committed(GROUP, TOPIC))[0], { timeout: 15_000 })

const outage = () => new LogError('unavailable', 'no answer within 5000 ms')

test('hands on whole batches while they succeed', async () => {
  const { handle, sizes } = limited(MAX, outage)
  await run(handle)
  await committed().toBe(COUNT)
  expect(sizes).toEqual([MAX, MAX, MAX, MAX])
})

test('halves the parts of a batch that is too large, until all of it is handled', async () => {
  const { handle, sizes } = limited(30, outage)
  await run(handle)
  await committed().toBe(COUNT)
  expect(sizes.slice(0, 4)).toEqual([100, 50, 25, 25])
})

test('doubles the parts again after successes', async () => {
  const { handle, sizes } = limited(30, outage, 2)
  await run(handle)
  await committed().toBe(COUNT)
  expect(sizes).toEqual([100, 50, ...Array(8).fill(25), 50, 50, 50, 50])
})

test('waits longer before it doubles again a size that has failed', async () => {
  const { handle, sizes } = limited(10, outage)
  await run(handle)
  await committed().toBe(COUNT)
  expect(sizes.slice(0, 12)).toEqual([100, 50, 25, 12, ...Array(8).fill(6)])
  expect(sizes.slice(12, 29)).toEqual([12, ...Array(16).fill(6)])
})

test('keeps the size when a message fails for another reason', async () => {
  const { handle, sizes } = limited(30, () => new TypeError('not yet'), 1)
  await run(handle)
  await committed().toBe(COUNT)
  expect(sizes).toEqual([MAX, MAX, MAX, MAX, MAX])
})
