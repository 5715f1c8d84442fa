/** Reads a topic to its end in one of three ways and prints the duration in seconds. Every message must arrive. */
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { secondsOf } from './figures.ts'

interface Drain {
  way: 'kafkajs' | 'consume' | 'fetch'
  brokers: string
  url: string
  authorization: string
  topic: string
  count: number
}

interface Message {
  partition: number
  offset: number
}

async function byKafkajs({ brokers, topic, count }: Drain): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: randomUUID() })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const all = Promise.withResolvers<void>()
  let seen = 0
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch }) => {
      seen += batch.messages.length
      if (seen >= count) all.resolve()
    },
  })
  await all.promise
}

async function byConsume({ url, authorization, topic, count }: Drain): Promise<void> {
  const path = `${url}/consume/${randomUUID()}/bench/${topic}`
  const headers = { authorization, 'Kafka-Auto-Offset-Reset': 'earliest' }
  const seen = new Set<string>()
  while (seen.size < count) {
    const messages = await request(path, { headers })
    for (const { partition, offset } of messages) seen.add(`${partition}/${offset}`)
  }
}

async function byFetch({ url, authorization, topic, count }: Drain): Promise<void> {
  const next = [0, 0, 0]
  let seen = 0
  const drain = async (partition: number): Promise<void> => {
    while (seen < count) {
      const body = JSON.stringify({ topic, partition, offset: next[partition], timeout: 500 })
      const messages = await request(`${url}/fetch`, { method: 'POST', headers: { authorization }, body })
      for (const { offset } of messages) if (offset !== next[partition]!++) throw new Error(`a gap before ${offset}`)
      seen += messages.length
    }
  }
  await Promise.all(next.map((_, partition) => drain(partition)))
}

async function request(url: string, init: RequestInit): Promise<Message[]> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Message[]
}

const WAYS = { kafkajs: byKafkajs, consume: byConsume, fetch: byFetch }

if (import.meta.main) {
  const wanted = JSON.parse(readFileSync(0, 'utf8')) as Drain
  console.log(JSON.stringify({ seconds: await secondsOf(() => WAYS[wanted.way](wanted)) }))
  process.exit()
}
