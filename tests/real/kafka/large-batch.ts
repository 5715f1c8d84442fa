import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { MAX_UNPACKED_BYTES } from '#log/kafka/records/codecs.ts'
import { endLater, type Trap } from '../kafkajs-traps/trap.ts'

/** Sends a batch of kafkajs that is small for Kafka and decompresses to more than the driver accepts. */
export async function sendTooLargeBatch({ naive }: Trap, topic: string): Promise<void> {
  const producer = endLater(naive().producer())
  await producer.connect()
  const value = Buffer.alloc(MAX_UNPACKED_BYTES)
  expect(gzipSync(value).length).toBeLessThan(500_000)
  await producer.send({ topic, compression: 1, messages: [{ partition: 0, value }] })
}
