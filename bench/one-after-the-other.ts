import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import type { TopicNames } from '#domain/topics.ts'
import { secondsOf } from './figures.ts'

export interface Plain {
  brokers: string
  mongodbUri: string
  topics: TopicNames
  /** Number of messages. */
  count: number
}

interface Night {
  _id: string
  bookingId: string
}

/**
 * The baseline does the same work as the design documents do: kafkajs `eachMessage`, sequential round trips to the store, and one
 * send per event. It gives no guarantees. Returns seconds.
 */
export async function oneAfterTheOther({ brokers, mongodbUri, topics, count }: Plain): Promise<number> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `plain-${topics.requests}`, maxWaitTimeInMs: 500 })
  const producer = kafka.producer()
  const mongo = new MongoClient(mongodbUri, { writeConcern: { w: 'majority', journal: true } })
  const nights = mongo.db(topics.requests).collection<Night>('nights')
  const bookings = mongo.db(topics.requests).collection<{ _id: string; [key: string]: unknown }>('bookings')
  const allDone = Promise.withResolvers<void>()
  let done = 0

  const decide = async (value: string): Promise<object> => {
    const { command } = JSON.parse(value)
    if (command.type !== 'RequestBooking') {
      await bookings.insertOne({ _id: command.listingId, ...command.listing })
      return { eventType: 'listing.published', listingId: command.listingId }
    }
    const night = `${command.listingId} ${command.request.checkIn}`
    const taken = await nights.findOne({ _id: night })
    if (taken) return { eventType: 'booking.failed', bookingId: command.bookingId }
    await nights.insertOne({ _id: night, bookingId: command.bookingId })
    await bookings.insertOne({ _id: command.bookingId, ...command.request, status: 'confirmed' })
    return { eventType: 'booking.confirmed', bookingId: command.bookingId, booking: command.request }
  }

  try {
    await Promise.all([consumer.connect(), producer.connect(), mongo.connect()])
    await consumer.subscribe({ topic: topics.requests, fromBeginning: true })
    return await secondsOf(async () => {
      await consumer.run({
        eachMessage: async ({ message }) => {
          const event = await decide(message.value!.toString())
          const messages = [{ key: message.key, value: JSON.stringify(event) }]
          await producer.send({ topic: topics.bookings, acks: -1, messages })
          if (++done === count) allDone.resolve()
        },
      })
      await allDone.promise
    })
  } finally {
    await Promise.all([consumer.disconnect(), producer.disconnect(), mongo.close()])
  }
}
