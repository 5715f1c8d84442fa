import * as fc from 'fast-check'
import type { Produced, Text } from 'kafkajs/src/broker/index.js'
import produce from 'kafkajs/src/protocol/requests/produce/v3/request.js'
import { expect, test } from 'vitest'
import { headersToSend } from '../kafkajs-fixes.ts'
import { bodyOf } from './encode.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const text: fc.Arbitrary<Text> = fc.oneof(bytes, fc.string(), fc.constant(null))
const pair = fc.tuple(fc.string(), fc.uint8Array({ maxLength: 20 }))
const headers = fc.oneof(
  // kafkajs cannot write a header that is null.
  fc.dictionary(fc.string(), fc.oneof(bytes, fc.array(fc.string(), { maxLength: 3 }))),
  fc.array(pair, { maxLength: 4 }).map(headersToSend),
)
const timestamp = fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }).map(String)
const message = fc.record({ key: text, value: text, headers, timestamp }, { requiredKeys: ['value', 'timestamp'] })
const partition = fc.record({
  partition: fc.nat(10_000),
  firstSequence: fc.nat(2 ** 31 - 1),
  messages: fc.array(message, { minLength: 1, maxLength: 200 }),
})
const produced: fc.Arbitrary<Produced> = fc.record(
  {
    acks: fc.constantFrom(-1, 1),
    timeout: fc.nat(100_000),
    compression: fc.constantFrom(0, 1),
    transactionalId: fc.string(),
    producerId: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
    producerEpoch: fc.nat(32_767),
    topicData: fc.array(
      fc.record({ topic: fc.string({ minLength: 1 }), partitions: fc.array(partition, { maxLength: 3 }) }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
)

test('encodes every request to the bytes that kafkajs would write', async () => {
  const same = async (wanted: Produced): Promise<void> => {
    const { buffer } = await produce(wanted).encode()
    expect((await bodyOf(wanted)).equals(buffer)).toBe(true)
  }
  await fc.assert(fc.asyncProperty(produced, same), { numRuns: 300 })
})
