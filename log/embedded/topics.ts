import type { PartitionKey, Tables, TopicRow } from './tables.ts'
import { LogError } from '../log.ts'
import type { TopicPartitions } from '../outgoing.ts'

/** The current topics in memory: where each partition starts and ends, and which reads wait at its end. */
export class EmbeddedTopics implements TopicPartitions {
  readonly #tables: Tables
  #topics = new Map<string, Topic>()

  constructor(tables: Tables) {
    this.#tables = tables
    this.reload()
  }

  /** Reads everything from the tables again. Known partitions keep their identity, because reads may wait there. */
  reload(): void {
    for (const row of this.#tables.topics()) {
      const topic = this.#topics.get(row.topic) ?? newTopic(row)
      this.#topics.set(row.topic, topic)
      for (const partition of topic.partitions) Object.assign(partition, this.#tables.bounds(partition))
    }
  }

  all(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }

  find(topic: string): Topic | undefined {
    return this.#topics.get(topic)
  }

  partitions(topic: string): number | undefined {
    return this.find(topic)?.partitions.length
  }

  /** Round robin, so that messages without a key spread evenly. */
  anyPartition(topic: string): number {
    const found = this.get(topic)
    return found.turn++ % found.partitions.length
  }

  get(topic: string): Topic {
    const found = this.#topics.get(topic)
    if (found === undefined) throw new LogError('not_found', `topic ${topic} does not exist`)
    return found
  }

  partition(topic: string, partition: number): Partition {
    const found = this.get(topic).partitions[partition]
    if (found === undefined) throw new LogError('not_found', `${topic} has no partition ${partition}`)
    return found
  }
}

export interface Topic {
  topic: string
  retentionMs: number | null
  partitions: Partition[]
  /** The partition of the next message without a key. */
  turn: number
}

export class Partition implements PartitionKey {
  readonly topicId: number
  readonly topic: string
  readonly partition: number
  first = 0
  end = 0
  #waiting = new Set<() => void>()

  constructor(topicId: number, topic: string, partition: number) {
    this.topicId = topicId
    this.topic = topic
    this.partition = partition
  }

  /** Call it when new messages are on the disk. */
  wake(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const resume of waiting) resume()
  }

  /** Resolves at the next message, at the limit, or when the signal aborts. Without a limit no timer runs. */
  grown(signal: AbortSignal, limitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const resume = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', resume)
        this.#waiting.delete(resume)
        resolve()
      }
      const timer = limitMs === undefined ? undefined : setTimeout(resume, limitMs)
      signal.addEventListener('abort', resume)
      this.#waiting.add(resume)
    })
  }
}

function newTopic({ id, topic, partitions, retentionMs }: TopicRow): Topic {
  const all = Array.from({ length: partitions }, (_, partition) => new Partition(id, topic, partition))
  return { topic, retentionMs, partitions: all, turn: 0 }
}
