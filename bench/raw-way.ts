import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import type { Servers } from './measure.ts'

export interface RawWay {
  /** One produce, then one write. */
  once(i: number): Promise<void>
  close(): Promise<void>
}

const VALUE = 'x'.repeat(350)

export async function openRawWay({ brokers, mongodbUri }: Servers): Promise<RawWay> {
  const topic = `bench-${randomUUID().slice(0, 8)}`
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  const mongo = new MongoClient(mongodbUri, { writeConcern: { w: 'majority', journal: true } })
  await Promise.all([admin.connect(), producer.connect(), mongo.connect()])
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
  const bookings = mongo.db(topic).collection<{ _id: string; value: string }>('bookings')
  return {
    async once(i) {
      await producer.send({ topic, acks: -1, messages: [{ key: String(i), value: VALUE }] })
      await bookings.insertOne({ _id: `${i}`, value: VALUE })
    },
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect(), mongo.close()])
    },
  }
}
