/**
 * The event log: topics of partitions of messages, kept in order, read by consumer groups. One port; every driver keeps
 * the same promises, and `conformance/` holds it to them.
 *
 * Order        Messages of one partition are read in the order of their offsets, which rise without ever being reused.
 * Durability   A position is answered only when the message survives the death of any one process (Kafka: acks=all).
 * Redelivery   At least once. What a group has not committed comes again after a crash or a rebalance, perhaps while a
 *              zombie still works on it. Handlers bear repetition.
 * Half-failure A `send` that rejects with `overloaded`, `invalid`, `too_large` or `not_found` wrote nothing. `unknown`
 *              means perhaps: whoever must know sends again, with the same deterministic id inside.
 * Bounds       Every wait ends: by a result, by its own limit, or by `close`. Every queue answers `overloaded` when full.
 * Closing      `close` may be called twice; everything after it rejects with `closed`.
 */
export interface Log {
  /**
   * Appends messages; resolves with their positions, in call order. All messages of one call that go to one partition
   * are one append: contiguous, in order, whole or not at all. Calls for one partition are appended in call order.
   * Without `partition` the key chooses it ({@link partitionOf}); without a key any partition may be taken.
   * A call bears at most {@link MAX_SEND} messages.
   */
  send(messages: readonly Outgoing[]): Promise<Position[]>

  /**
   * Joins a consumer group. Resolves after the first assignment (perhaps an empty one). Each partition starts at the
   * group's committed offset, else at the oldest message. Members share the partitions of their topics; a dead member's
   * partitions go to the living.
   */
  run(options: RunOptions, handle: Handler): Promise<Running>

  /**
   * Reads without a group: at most `max` messages from `at.offset` on, `[]` when none came within `waitMs`. A partition's
   * end is a valid offset to wait at. Rejects with `out_of_range` for an offset past the end or already deleted, with
   * `not_found` for an unknown topic or partition.
   */
  read(at: Position, max: number, waitMs: number): Promise<Message[]>

  /** First kept and next free offset of each partition, ordered by partition. `not_found` for an unknown topic. */
  bounds(topic: string): Promise<Bounds[]>

  /**
   * Each partition's first message at or after an instant (milliseconds since the epoch): its offset, or the partition's end
   * where there is none. Ordered by partition. `not_found` for an unknown topic.
   */
  since(topic: string, timestamp: number): Promise<number[]>

  /** The group's next offset per partition, -1 where nothing is committed. Ordered by partition. */
  committed(group: string, topic: string): Promise<number[]>

  /**
   * Sets the group's next offsets, one per partition, ordered by partition: members that join later continue there. All of
   * them or none; idempotent. Rejects with `active` while the group has members (a member that died counts until its session
   * ends), with `out_of_range` for an offset below the partition's first or above its end, with `invalid` if the number of
   * offsets is not the number of partitions. `unknown`: the offsets may be set; set them again.
   */
  setOffsets(group: string, topic: string, offsets: readonly number[]): Promise<void>

  /** Every topic with its number of partitions, ordered by name. */
  topics(): Promise<{ topic: string; partitions: number }[]>

  /** Idempotent. A topic that exists with another number of partitions rejects with `invalid` and stays as it is. */
  createTopics(topics: readonly NewTopic[]): Promise<void>

  /** Stops every group member, settles what is under way, releases the resources. */
  close(): Promise<void>
}

/** Strings are UTF-8. What is read is always bytes: foreign producers may write anything. */
export type Bytes = Uint8Array

export interface Outgoing {
  topic: string
  partition?: number
  key?: string | Bytes | null
  /** `null` is a tombstone. */
  value: string | Bytes | null
  /** In order; a name may repeat. */
  headers?: readonly (readonly [name: string, value: string | Bytes])[]
  /** Milliseconds since the epoch; now, if absent. */
  timestamp?: number
}

export interface Message extends Position {
  key: Bytes | null
  value: Bytes | null
  headers: [name: string, value: Bytes][]
  timestamp: number
}

export interface Position {
  topic: string
  partition: number
  offset: number
}

export interface Bounds {
  partition: number
  first: number
  end: number
}

export interface NewTopic {
  topic: string
  partitions: number
  /** Older messages may be deleted; absent: kept for ever. */
  retentionMs?: number
}

export interface RunOptions {
  group: string
  topics: readonly string[]
  /** Most messages of one batch, {@link MAX_SEND} if absent, {@link MAX_BATCH} at most. */
  maxBatch?: number
  /**
   * Called at every assignment, also an empty one, with all partitions this member now has; the signal aborts at the
   * next assignment or the end. Timers and caches live on it. Ownership is advice, never a lock.
   */
  owned?: (partitions: Owned[], signal: AbortSignal) => void
}

export interface Owned {
  topic: string
  partition: number
}

/**
 * One call at a time per partition, partitions in parallel, in offset order. Resolving moves on to the next batch, whether
 * or not it was committed; throwing brings the same messages again, after a growing pause, perhaps with newer ones behind.
 */
export type Handler = (batch: Batch, lease: Lease) => Promise<void>

export interface Batch {
  topic: string
  partition: number
  messages: Message[]
}

/** The right to commit for one partition, from one assignment to the next. */
export interface Lease {
  /** Aborts when the partition is lost: a lost session, a new assignment, the end of the member. Obey it. */
  signal: AbortSignal
  /**
   * Everything up to and including `offset` is done; the group goes on behind it. Stored as given, also when it goes
   * back. Rejects with `fenced` once the lease is over, even if this member has got the partition again since.
   */
  commit(offset: number): Promise<void>
}

export interface Running {
  /** Stops feeding, waits up to `graceMs` (default 10 000) for handlers under way, aborts what is left, leaves the group. */
  close(graceMs?: number): Promise<void>
}

/** Most messages of one `send`, and of one batch unless a member asks for more. */
export const MAX_SEND = 500

/** Most messages of one batch that a member may ask for: they are in memory at once. */
export const MAX_BATCH = 5_000

/** Most bytes of one message's key, value and headers together. */
export const MAX_MESSAGE_BYTES = 1024 * 1024

export type LogErrorCode =
  /** Not written: the queue is full. Wait and send again. */
  | 'overloaded'
  /** Perhaps written. */
  | 'unknown'
  /** No such topic or partition. */
  | 'not_found'
  | 'out_of_range'
  /** The lease is over. */
  | 'fenced'
  /** The group has members. Stop them and try again. */
  | 'active'
  | 'too_large'
  /** The call itself is wrong; the message says how. */
  | 'invalid'
  /** The log cannot be reached. Nothing was written. */
  | 'unavailable'
  | 'closed'

/** Act on `code`, show `message`. */
export class LogError extends Error {
  override name = 'LogError'
  readonly code: LogErrorCode
  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
