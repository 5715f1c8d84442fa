import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { eachMs } from './figures.ts'
import type { Servers } from './measure.ts'

/** One produce and one write, one after the other: how long each pair took, in milliseconds. */
export async function rawMs({ brokers, mongodbUri }: Servers, warmUp: number, times: number): Promise<number[]> {
  const topic = `bench-${randomUUID().slice(0, 8)}`
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  const mongo = new MongoClient(mongodbUri, { writeConcern: { w: 'majority', journal: true } })
  try {
    await Promise.all([admin.connect(), producer.connect(), mongo.connect()])
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
    const bookings = mongo.db(topic).collection<{ _id: string; value: string }>('bookings')
    const value = 'x'.repeat(350)
    const once = async (i: number): Promise<void> => {
      await producer.send({ topic, acks: -1, messages: [{ key: String(i), value }] })
      await bookings.insertOne({ _id: `${i}`, value })
    }
    await eachMs(warmUp, (i) => once(-1 - i))
    return await eachMs(times, once)
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), mongo.close()])
  }
}
