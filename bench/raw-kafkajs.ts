/**
 * kafkajs alone with the proxy's batching: one idempotent producer per partition with one send in flight; messages that arrive
 * meanwhile form the next send. Reads a {@link Raw} from standard input and prints a {@link Loaded}.
 */
import { readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { percentile } from '../scripts/figures/percentile.ts'
import type { Loaded } from './load.ts'

export interface Raw {
  brokers: string
  topic: string
  partitions: number
  value: string
  /** Messages per call. */
  batch: number
  callers: number
  warmUpMs: number
  forMs: number
}

const MAX_BATCH = 500

type Send = (values: string[]) => Promise<void>

async function writerOf({ brokers, topic }: Raw, partition: number): Promise<Send> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
  await producer.connect()
  let waiting: { values: string[]; resolve: () => void; reject: (error: unknown) => void }[] = []
  let busy = false

  const pump = async (): Promise<void> => {
    busy = true
    while (waiting.length > 0) {
      let size = 0
      const count = waiting.findIndex(({ values }) => (size += values.length) > MAX_BATCH)
      const taken = waiting.splice(0, count === -1 ? waiting.length : Math.max(1, count))
      const messages = taken.flatMap(({ values }) => values.map((value) => ({ value, partition })))
      try {
        await producer.send({ topic, acks: -1, messages })
        for (const { resolve } of taken) resolve()
      } catch (error) {
        for (const { reject } of taken) reject(error)
      }
    }
    busy = false
  }
  return (values) =>
    new Promise((resolve, reject) => {
      waiting.push({ values, resolve, reject })
      if (!busy) void pump()
    })
}

export async function raw(wanted: Raw): Promise<Loaded> {
  const { partitions, value, batch, callers, warmUpMs, forMs } = wanted
  const writers = await Promise.all(Array.from({ length: partitions }, (_, partition) => writerOf(wanted, partition)))
  const values = Array.from({ length: batch }, () => value)
  const start = performance.now() + warmUpMs
  const end = start + forMs
  const samples: number[] = []
  const call = async (caller: number): Promise<void> => {
    for (let turn = caller; performance.now() < end; turn++) {
      const sentAt = performance.now()
      await writers[turn % partitions]!(values)
      const now = performance.now()
      if (sentAt >= start && now <= end) samples.push(now - sentAt)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  const statuses = {}
  return {
    requestsPerSecond: (samples.length / forMs) * 1000,
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    statuses,
  }
}

if (import.meta.main) {
  const wanted = JSON.parse(readFileSync(0, 'utf8')) as Raw
  console.log(JSON.stringify(await raw(wanted)))
  // kafkajs leaves timers and sockets open.
  process.exit()
}
