import { deadLetterTopicOf, type TopicNames } from '#domain/topics.ts'
import { type Log, LogError } from '#log/log.ts'

/**
 * The number of partitions of the topics that the processor reads and writes. It must be the same for all of them, because the
 * commands and events of a listing have the same partition number.
 * @throws LogError `not_found` or `invalid`, with a sentence that says what to do
 */
export async function commonPartitions(log: Log, { requests, bookings }: TopicNames): Promise<number> {
  const counts = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  for (const topic of [requests, bookings, deadLetterTopicOf(requests), deadLetterTopicOf(bookings)]) {
    if (!counts.has(topic)) throw new LogError('not_found', `topic ${topic} does not exist; create it first`)
    if (counts.get(topic) !== counts.get(requests)) {
      throw new LogError(
        'invalid',
        `${topic} has ${counts.get(topic)} partitions, ${requests} has ${counts.get(requests)}; they must be equal: ` +
          'raise the smaller number, or set KAFKA_REQUEST_TOPIC to another topic',
      )
    }
  }
  return counts.get(bookings)!
}
