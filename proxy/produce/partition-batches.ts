import type { OutgoingMessage } from './read-messages.ts'

/** A message whose partition is chosen. */
export type PartitionedMessage = OutgoingMessage & { partition: number }

/** Messages of a request for one partition. */
export interface PartitionBatch {
  topic: string
  partition: number
  messages: PartitionedMessage[]
  /** Where each message stands in the request. */
  indexes: number[]
}

export function isOneBatch(messages: readonly PartitionedMessage[]): boolean {
  const { topic, partition } = messages[0]!
  return messages.every((message) => message.partition === partition && message.topic === topic)
}

/** Consecutive halves; the batch has at least two messages. */
export function halvesOf(batch: PartitionBatch): [first: PartitionBatch, second: PartitionBatch] {
  const middle = Math.ceil(batch.messages.length / 2)
  const slice = (from: number, to?: number): PartitionBatch => ({
    ...batch,
    messages: batch.messages.slice(from, to),
    indexes: batch.indexes.slice(from, to),
  })
  return [slice(0, middle), slice(middle)]
}

export function batchesOf(messages: readonly PartitionedMessage[]): PartitionBatch[] {
  const batches = new Map<string, PartitionBatch>()
  for (const [index, message] of messages.entries()) {
    const { topic, partition } = message
    const name = `${partition}/${topic}`
    const batch = batches.get(name) ?? { topic, partition, messages: [], indexes: [] }
    batches.set(name, batch)
    batch.messages.push(message)
    batch.indexes.push(index)
  }
  return [...batches.values()]
}
