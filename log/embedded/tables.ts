import type { DatabaseSync } from 'node:sqlite'
import { type Bytes, type Header, MAX_BATCH_BYTES, type Message, type NewTopic } from '../log.ts'
import { messageBytes } from '../message-size.ts'
import type { PreparedMessage } from '../outgoing.ts'

export type Tables = ReturnType<typeof prepareTables>

export interface TopicRow {
  id: number
  topic: string
  partitions: number
  retentionMs: number | null
}

/** The key of a partition in the tables. */
export interface PartitionKey {
  topicId: number
  topic: string
  partition: number
}

/** Every statement of the log, prepared once. */
export function prepareTables(db: DatabaseSync) {
  const topics = db.prepare('SELECT id, name AS topic, partitions, retention_ms AS retentionMs FROM topics')
  const addTopic = db.prepare('INSERT OR IGNORE INTO topics (name, partitions, retention_ms) VALUES (?, ?, ?)')
  const first = db.prepare('SELECT first FROM partitions WHERE topic_id = ? AND partition = ?')
  const last = db.prepare('SELECT max(offset) AS last FROM messages WHERE topic_id = ? AND partition = ?')
  const append = db.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)')
  const read = db.prepare(
    `SELECT offset, timestamp, key, value, headers FROM messages
     WHERE topic_id = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?`,
  )
  const firstSince = db.prepare(
    `SELECT offset FROM messages
     WHERE topic_id = ? AND partition = ? AND timestamp >= ? ORDER BY offset LIMIT 1`,
  )
  const remove = db.prepare('DELETE FROM messages WHERE topic_id = ? AND partition = ? AND offset < ?')
  const setFirst = db.prepare('INSERT OR REPLACE INTO partitions VALUES (?, ?, ?)')
  const committed = db.prepare('SELECT next FROM commits WHERE group_name = ? AND topic_id = ? AND partition = ?')
  const commit = db.prepare('INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?)')

  return {
    topics: () => topics.all() as unknown as TopicRow[],

    addTopic({ topic, partitions, retentionMs }: NewTopic): void {
      addTopic.run(topic, partitions, retentionMs ?? null)
    },

    bounds({ topicId, partition }: PartitionKey): { first: number; end: number } {
      const start = first.get(topicId, partition) as { first: number } | undefined
      const { last: newest } = last.get(topicId, partition) as { last: number | null }
      const from = start?.first ?? 0
      return { first: from, end: newest === null ? from : newest + 1 }
    },

    append({ topicId, partition }: PartitionKey, offset: number, message: PreparedMessage, timestamp: number): void {
      append.run(topicId, partition, offset, timestamp, message.key, message.value, encodeHeaders(message.headers))
    },

    read({ topicId, topic, partition }: PartitionKey, offset: number, max: number): Message[] {
      const messages: Message[] = []
      let bytes = 0
      for (const row of read.iterate(topicId, partition, offset, max)) {
        const { headers, ...rest } = row as unknown as MessageRow
        const message = { topic, partition, ...rest, headers: decodeHeaders(headers) }
        bytes += messageBytes(message)
        if (bytes > MAX_BATCH_BYTES && messages.length > 0) break
        messages.push(message)
      }
      return messages
    },

    /** The first message at or after a time. Timestamps need not rise with offsets, because senders choose them. */
    firstSince({ topicId, partition }: PartitionKey, timestamp: number): number | undefined {
      return (firstSince.get(topicId, partition, timestamp) as { offset: number } | undefined)?.offset
    },

    /** Deletes the messages before `offset`, where the partition starts from now on. */
    trim({ topicId, partition }: PartitionKey, offset: number): void {
      remove.run(topicId, partition, offset)
      setFirst.run(topicId, partition, offset)
    },

    committed(group: string, { topicId, partition }: PartitionKey): number {
      const row = committed.get(group, topicId, partition) as { next: number } | undefined
      return row?.next ?? -1
    },

    commit(group: string, { topicId, partition }: PartitionKey, next: number): void {
      commit.run(group, topicId, partition, next)
    },
  }
}

interface MessageRow {
  offset: number
  timestamp: number
  key: Bytes | null
  value: Bytes | null
  headers: string | null
}

/** One character per byte, so that JSON holds any bytes and stays readable for people. */
function encodeHeaders(headers: readonly Header[]): string | null {
  if (headers.length === 0) return null
  return JSON.stringify(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('latin1')]))
}

function decodeHeaders(headers: string | null): Header[] {
  if (headers === null) return []
  const pairs = JSON.parse(headers) as [string, string | null][]
  return pairs.map(([name, value]) => [name, value === null ? null : new Uint8Array(Buffer.from(value, 'latin1'))])
}
