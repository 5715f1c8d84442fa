import { expect, test, vi } from 'vitest'
import { Outbox } from './outbox.ts'

const LIMITS = { queuedBytes: 100, stalledMs: 60_000 }

function open(limits: Partial<typeof LIMITS> = {}, total = { bytes: 0, maxBytes: 1_000 }) {
  const ended = vi.fn<() => void>()
  const outbox = new Outbox({ ...LIMITS, ...limits }, total, ended)
  return { outbox, ended, total, reader: outbox.body.getReader() }
}

const bytes = (count: number, fill = 1): Uint8Array => new Uint8Array(count).fill(fill)

test('a read returns everything that waits, in order', async () => {
  const { outbox, reader, total } = open()
  outbox.write(bytes(2, 1))
  outbox.write(bytes(1, 2))
  expect(total.bytes).toBe(3)
  const { value } = await reader.read()
  expect([...value!]).toEqual([1, 1, 2])
  expect([outbox.bytes, total.bytes]).toEqual([0, 0])
})

test('a client that waits gets each write at once', async () => {
  const { outbox, reader } = open()
  const first = reader.read()
  outbox.write(bytes(1))
  expect((await first).value).toHaveLength(1)
  const second = reader.read()
  outbox.write(bytes(2))
  expect((await second).value).toHaveLength(2)
})

test('a client that does not read is cut off when too many bytes wait', async () => {
  const { outbox, ended, reader, total } = open()
  outbox.write(bytes(60))
  outbox.write(bytes(41))
  expect([outbox.isEnded, ended.mock.calls.length, total.bytes]).toEqual([true, 1, 0])
  expect((await reader.read()).done).toBe(true)
})

test('one write may be larger than the limit, so that a large event does not end a stream for ever', () => {
  const { outbox } = open()
  outbox.write(bytes(500))
  expect(outbox.isEnded).toBe(false)
})

test('the total cuts off a stream that has bytes waiting, and no other', () => {
  const total = { bytes: 0, maxBytes: 100 }
  const slow = open({}, total)
  slow.outbox.write(bytes(90))
  const other = open({}, total)
  other.outbox.write(bytes(20))
  slow.outbox.write(bytes(1))
  expect([slow.outbox.isEnded, other.outbox.isEnded, total.bytes]).toEqual([true, false, 20])
})

test('a client that reads nothing for too long is cut off', async () => {
  const { outbox, ended } = open({ stalledMs: 20 })
  outbox.write(bytes(1))
  await expect.poll(() => ended.mock.calls.length).toBe(1)
  expect(outbox.isEnded).toBe(true)
})

test('a client that reads slowly but steadily is not cut off', async () => {
  const { outbox, reader } = open({ stalledMs: 300 })
  for (let n = 0; n < 5; n++) {
    outbox.write(bytes(1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await reader.read()
  }
  expect(outbox.isEnded).toBe(false)
})

test.each([
  ['the client cancels', (reader: ReadableStreamDefaultReader) => void reader.cancel()],
  ['the server ends it', (_: unknown, outbox: Outbox) => outbox.end()],
])('a stream ends once when %s', async (_, end) => {
  const { outbox, ended, reader } = open()
  const emptied = (outbox.write(bytes(1)), outbox.emptied())
  end(reader, outbox)
  outbox.end()
  outbox.write(bytes(1))
  await emptied
  expect([ended.mock.calls.length, outbox.bytes]).toEqual([1, 0])
})
