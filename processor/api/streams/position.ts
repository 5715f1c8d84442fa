import { crc32 } from 'node:zlib'
import type { Log, Message } from '#log/log.ts'

/** The position of a reader of the whole log of record: the next offset of each partition. */
export type Vector = readonly number[]

/** A position as a client sends it back. */
export interface StreamId {
  vector: Vector
  /** The {@link LogIdentity} of the log, if the id states it. */
  tag?: string
}

export const endOf = async (log: Log, topic: string): Promise<number[]> =>
  (await log.bounds(topic)).map(({ end }) => end)

/** `12.0.7-9f3a51c0`, or `0.0.0` for a log without messages. */
export const formatId = (vector: Vector, tag?: string): string => vector.join('.') + (tag ? `-${tag}` : '')

/** Null if the text is not the id of a log with so many partitions. The tag may be absent. */
export function parseId(text: string, partitions: number): StreamId | null {
  const [, offsets, tag] = /^(\d{1,15}(?:\.\d{1,15})*)(?:-([0-9a-f]{8}))?$/.exec(text) ?? []
  const vector = offsets?.split('.').map(Number)
  return vector?.length === partitions ? { vector, ...(tag && { tag }) } : null
}

/**
 * Tells a log from a later one of the same name, in which equal offsets are other messages: by the first message of each
 * partition. The tag of a position covers the partitions that had a message then, so it stays true while the log grows.
 */
export class LogIdentity {
  readonly #firsts: (number | undefined)[]

  constructor(partitions: number) {
    this.#firsts = Array.from({ length: partitions })
  }

  /** Every message of the log may be passed; the first one of a partition counts. */
  note({ partition, value, timestamp }: Pick<Message, 'partition' | 'value' | 'timestamp'>): void {
    this.#firsts[partition] ??= crc32(value ?? '', crc32(`${partition} ${timestamp}`))
  }

  /** Absent for a log without messages. */
  tagOf(vector: Vector): string | undefined {
    if (vector.every((offset) => offset === 0)) return undefined
    const tag = vector.reduce((sum, offset, n) => (offset > 0 ? sum ^ (this.#firsts[n] ?? 0) : sum), 0)
    return (tag >>> 0).toString(16).padStart(8, '0')
  }
}
