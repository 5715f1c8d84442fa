import * as fc from 'fast-check'
import type { Produced } from 'kafkajs/src/broker/index.js'
import { expect, test } from 'vitest'
import { MAX_BATCH_BYTES, type Header } from '../../log.ts'
import { headersToSend } from '../kafkajs-fixes.ts'
import { crc32c } from './crc32c.ts'
import { decodeBatches, type Content } from './decode.ts'
import { bodyOf } from './encode.ts'

const bytes = fc.uint8Array({ maxLength: 200 })
const nullable = fc.option(bytes)
const header: fc.Arbitrary<Header> = fc.tuple(fc.string({ unit: 'grapheme' }), nullable)
const timestamp = fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 })
const content = fc.record({ key: nullable, value: nullable, headers: fc.array(header, { maxLength: 4 }), timestamp })
type Sent = Omit<Content, 'offset'>

const PRODUCER = 7n

/** Batches as Kafka stores them: with the offsets that it gives. */
async function stored(batches: readonly (readonly Sent[])[], options: Partial<Produced> = {}): Promise<Buffer> {
  const pieces: Buffer[] = []
  let offset = 0
  for (const batch of batches) {
    const messages = batch.map(({ key, value, headers, timestamp }) => ({
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      headers: headersToSend(headers),
      timestamp: String(timestamp),
    }))
    const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }]
    const body = await bodyOf({ ...options, producerId: String(PRODUCER), topicData })
    const records = body.subarray(body.indexOf(Buffer.of(0, 1, 0x74, 0, 0, 0, 1)) + 15)
    records.writeBigInt64BE(BigInt(offset))
    pieces.push(records)
    offset += batch.length
  }
  return Buffer.concat(pieces)
}

/** A batch that was changed, with the checksum of its new bytes. */
function withChecksum(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

const sent = (value: string): Sent => ({ key: null, value: Buffer.from(value), headers: [], timestamp: 1 })
const valuesOf = (messages: readonly Content[]): string[] => messages.map(({ value }) => Buffer.from(value!).toString())

test('decodes what was encoded, compressed or not', async () => {
  const batches = fc.array(fc.array(content, { minLength: 1, maxLength: 5 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(batches, fc.constantFrom(0, 1), async (batches, compression) => {
      const decoded = await decodeBatches(await stored(batches, { compression }), 0, [])
      const expected = batches.flat().map((message, offset) => ({ ...message, offset }))
      expect(decoded).toEqual({ messages: expected, next: expected.length, damaged: undefined })
    }),
  )
})

test('omits messages before the position, and a batch that is cut off', async () => {
  const records = await stored([['a', 'b', 'c'].map(sent), ['d'].map(sent), ['e'].map(sent)])
  const { messages, next } = await decodeBatches(records.subarray(0, -1), 1, [])
  expect(valuesOf(messages)).toEqual(['b', 'c', 'd'])
  expect(next).toBe(4)
})

test('stops after the compressed batch that fills a batch of the port', async () => {
  const half = sent('x'.repeat(MAX_BATCH_BYTES / 2))
  const records = await stored([[half], [half], [half]], { compression: 1 })
  const { messages, next } = await decodeBatches(records, 0, [])
  expect(messages.map(({ offset }) => offset)).toEqual([0, 1])
  expect(next).toBe(2)
  expect((await decodeBatches(records, 2, [])).messages.map(({ offset }) => offset)).toEqual([2])
})

test('returns the messages before a damaged batch, and names the batch', async () => {
  const [first, second] = await Promise.all([
    stored([['a', 'b'].map(sent)]),
    stored([['a', 'b'].map(sent), ['c', 'd'].map(sent)]),
  ])
  for (let at = first.length + 17; at < second.length; at++) {
    const damaged = Buffer.from(second)
    damaged[at]! ^= 0x10
    const decoded = await decodeBatches(damaged, 0, [])
    expect(valuesOf(decoded.messages)).toEqual(['a', 'b'])
    expect(decoded.next).toBe(2)
    expect(decoded.damaged).toMatchObject({ first: 2, reason: 'its checksum is wrong' })
  }
})

test('names a codec that it does not know', async () => {
  const records = await stored([['a'].map(sent)], { compression: 1 })
  records.writeInt16BE(6, 21)
  expect((await decodeBatches(withChecksum(records), 0, [])).damaged).toEqual({
    first: 0,
    last: 0,
    reason: 'codec 6 is unknown',
  })
})

test('hides the messages of aborted transactions and the marks of their ends', async () => {
  const at = async (offset: number, value: string, options?: Partial<Produced>): Promise<Buffer> => {
    const batch = await stored([[sent(value)]], options)
    batch.writeBigInt64BE(BigInt(offset))
    return batch
  }
  const inTransaction = { transactionalId: 't' }
  const mark = await at(2, 'mark', inTransaction)
  mark.writeInt16BE(mark.readInt16BE(21) | 0x20, 21)
  const all = Buffer.concat([
    await at(0, 'aborted', inTransaction),
    await at(1, 'other'),
    withChecksum(mark),
    await at(3, 'committed', inTransaction),
  ])
  const { messages } = await decodeBatches(all, 0, [{ producerId: PRODUCER, firstOffset: 0 }])
  expect(valuesOf(messages)).toEqual(['other', 'committed'])
})
