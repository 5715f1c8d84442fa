import { TOPICS, type TopicNames } from '#domain/topics.ts'
import { type Log, MAX_SEND, type Message } from '#log/log.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { TIMER } from '#processor/proposers/timer/timer.ts'
import { ANALYTICS } from '#processor/sinks/analytics.ts'
import { NOTIFICATIONS } from '#processor/sinks/notifications.ts'
import { VIEWS } from '#processor/sinks/views.ts'
import { type Collections, type Doc, MAX_SCAN, type Store } from '#store/store.ts'
import type { Sample, World } from './world.ts'

/** The collections with an index on `_id`, so that they can be scanned completely. */
export const READABLE: Collections = Object.fromEntries(
  Object.entries(COLLECTIONS).map(([name, collection]) => [
    name,
    { ...collection, indexes: [...('indexes' in collection ? collection.indexes : []), ['_id']] },
  ]),
)

/** @param store opened with the collections {@link READABLE} */
export async function readWorld(log: Log, store: Store): Promise<Pick<World, 'topics' | 'documents'>> {
  const topics: World['topics'] = {}
  for (const { topic } of await log.topics()) topics[topic] = await messagesOf(log, topic)
  const documents: World['documents'] = {}
  for (const name of Object.keys(COLLECTIONS)) documents[name] = await documentsOf(store, name)
  return { topics, documents }
}

async function messagesOf(log: Log, topic: string): Promise<Message[][]> {
  const partitions: Message[][] = []
  for (const { partition, first, end } of await log.bounds(topic)) {
    const messages: Message[] = []
    for (let offset = first; offset < end; offset = messages.at(-1)!.offset + 1) {
      const page = await log.read({ topic, partition, offset }, MAX_SEND, 2_000)
      if (page.length === 0) throw new Error(`${topic}/${partition} ends at ${offset} instead of ${end}`)
      messages.push(...page)
    }
    partitions.push(messages)
  }
  return partitions
}

async function documentsOf(store: Store, collection: string): Promise<Doc[]> {
  const documents: Doc[] = []
  for (let cursor: string | undefined; ;) {
    const page = await store.scan(collection, {
      where: {},
      order: { by: '_id' },
      limit: MAX_SCAN,
      ...(cursor && { cursor }),
    })
    documents.push(...page.docs)
    if (!page.next) return documents
    cursor = page.next
  }
}

const GROUPS: readonly [group: string, reads: keyof TopicNames][] = [
  [DECISIONS, 'requests'],
  [VIEWS, 'bookings'],
  [NOTIFICATIONS, 'bookings'],
  [ANALYTICS, 'bookings'],
  [TIMER, 'bookings'],
]

/** The committed offsets of every group. */
export const sampleCommitted = (log: Log): Promise<Sample[]> =>
  Promise.all(
    GROUPS.map(async ([group, reads]) => {
      const topic = TOPICS[reads]
      return { group, topic, offsets: await log.committed(group, topic) }
    }),
  )

/** The number of messages that the groups have not committed. */
export async function lagOf(log: Log): Promise<number> {
  const samples = await sampleCommitted(log)
  const lags = samples.map(async ({ topic, offsets }) => {
    const bounds = await log.bounds(topic)
    return bounds.reduce((sum, { partition, first, end }) => sum + end - Math.max(first, offsets[partition]!), 0)
  })
  return (await Promise.all(lags)).reduce((sum, lag) => sum + lag, 0)
}
