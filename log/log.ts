/**
 * The event log: topics of partitions of messages, kept in order, read by consumer groups. Every driver keeps the promises of
 * this page; `conformance/` tests them.
 *
 * Order        A partition is read in the order of its offsets. Offsets rise and are never reused.
 * Durability   A `send` resolves when its messages survive the death of any one process (Kafka: acks=all).
 * Redelivery   At least once. Messages that a group has not committed are delivered again after a crash or a rebalance,
 *              perhaps while a zombie still works on them. Handlers must be idempotent.
 * Half-failure A `send` that rejects with `overloaded`, `invalid`, `too_large`, `not_found`, `forbidden` or `unavailable` wrote
 *              nothing. After `unknown` the messages may be written: send them again with the same deterministic ids inside.
 * Bounds       Every wait ends with a result, at its limit, or at `close`. A full queue rejects with `overloaded`.
 * Closing      `close` may be called twice. Every later call rejects with `closed`.
 */
export interface Log {
  /**
   * Appends messages and resolves with their positions, in call order. The messages of one call for one partition are one
   * append: contiguous, in order, all or none. Calls for one partition are appended in call order. Without `partition` the
   * key chooses the partition ({@link partitionOf}); without a key the log chooses any. At most {@link MAX_SEND} messages.
   */
  send(messages: readonly Outgoing[]): Promise<Position[]>

  /**
   * Joins a consumer group. Resolves after the first assignment, which may be empty. A partition starts at the group's
   * committed offset, or at the oldest message if there is none. Members share the partitions of their topics; the
   * partitions of a dead member are assigned to the others.
   */
  run(options: RunOptions, handle: Handler): Promise<Running>

  /**
   * Reads without a group: at most `max` messages of at most {@link MAX_BATCH_BYTES} from `at.offset` on. A read at the partition's
   * end waits there; it returns `[]` after `waitMs`, and at once when the signal aborts. Rejects with `out_of_range` for an offset
   * that is deleted or past the end, and with `not_found` for an unknown topic or partition.
   */
  read(at: Position, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]>

  /** First kept and next free offset of each partition, ordered by partition. `not_found` for an unknown topic. */
  bounds(topic: string): Promise<Bounds[]>

  /**
   * The offset of each partition's first message at or after an instant (milliseconds since the epoch), or the partition's
   * end if no such message exists. Ordered by partition. `not_found` for an unknown topic.
   */
  since(topic: string, timestamp: number): Promise<number[]>

  /** The group's next offset per partition, -1 if nothing is committed. Ordered by partition. */
  committed(group: string, topic: string): Promise<number[]>

  /**
   * Sets the group's next offsets, one per partition, ordered by partition: members that join later continue there. All of
   * them or none; idempotent. Rejects with `active` while the group has members (a member that died counts until its session
   * ends), with `out_of_range` for an offset below the partition's first or above its end, with `invalid` if the number of
   * offsets is not the number of partitions. `unknown`: the offsets may be set; set them again.
   */
  setOffsets(group: string, topic: string, offsets: readonly number[]): Promise<void>

  /** The number of the group's members; 0 for an unknown group. A member that died counts until its session ends. */
  members(group: string): Promise<number>

  /**
   * A topic's number of partitions. May be up to 30 s old, so that a known topic costs no request; `topics` brings it up to date.
   * `not_found` for an unknown topic.
   */
  partitions(topic: string): Promise<number>

  /** Every topic with its number of partitions, ordered by name. */
  topics(): Promise<{ topic: string; partitions: number }[]>

  /** Idempotent. Rejects with `invalid` if a topic exists with another number of partitions, and leaves it unchanged. */
  createTopics(topics: readonly NewTopic[]): Promise<void>

  /** Stops every group member, settles the calls in progress, and releases the resources. */
  close(): Promise<void>
}

/** Strings are written as UTF-8. Reads return bytes, because foreign producers may write anything. */
export type Bytes = Uint8Array

export interface Outgoing {
  topic: string
  partition?: number
  key?: string | Bytes | null
  /** `null` is a tombstone. */
  value: string | Bytes | null
  /** In order; a name may repeat, and a value may be `null`. */
  headers?: readonly (readonly [name: string, value: string | Bytes | null])[]
  /** Milliseconds since the epoch; the current time if absent. */
  timestamp?: number
}

export interface Message extends Position {
  key: Bytes | null
  value: Bytes | null
  /** In order. Foreign producers repeat names and write empty names and `null` values. */
  headers: Header[]
  timestamp: number
}

/** A header as it is in the log. */
export type Header = [name: string, value: Bytes | null]

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
  /** Older messages may be deleted. Messages are kept for ever if absent. */
  retentionMs?: number
}

export interface RunOptions {
  group: string
  topics: readonly string[]
  /**
   * The maximum number of messages in a batch: {@link MAX_SEND} if absent, at most {@link MAX_BATCH}. A batch also ends before
   * {@link MAX_BATCH_BYTES}.
   */
  maxBatch?: number
  /**
   * Called at every assignment, also an empty one, with all partitions that this member now owns. The signal aborts at the
   * next assignment or when the member ends; bind timers and caches to it. Ownership is advice, not a lock.
   */
  owned?: (partitions: Owned[], signal: AbortSignal) => void
  /**
   * Called when a partition of this member cannot be read, and with `undefined` when it can be read again: `unreadable`,
   * `forbidden` (also for a commit), or `not_found` for a deleted topic. The member tries again with back-off, and continues with
   * its other partitions.
   */
  unreadable?: (partition: Owned, error: LogError | undefined) => void
  /** Called when this member has ended by an error that no retry fixes. Other members of the log are not affected. */
  crashed?: (error: LogError) => void
}

export interface Owned {
  topic: string
  partition: number
}

/**
 * Called for one batch at a time per partition, in offset order; partitions are handled in parallel. After it resolves the
 * next batch follows, committed or not. After it throws the same messages are delivered again, with back-off, perhaps
 * followed by newer ones.
 */
export type Handler = (batch: Batch, lease: Lease) => Promise<void>

export interface Batch {
  topic: string
  partition: number
  messages: Message[]
}

/** The right to commit for one partition, from one assignment to the next. One object per assignment and partition. */
export interface Lease {
  /** Aborts when the partition is lost: by a lost session, a new assignment, or the end of the member. Obey it. */
  signal: AbortSignal
  /**
   * Marks everything up to and including `offset` as done; the group continues after it. Stored as given, also if it is
   * lower than before. Rejects with `fenced` after the lease has ended, even if this member owns the partition again.
   */
  commit(offset: number): Promise<void>
}

export interface Running {
  /** Stops deliveries, waits up to `graceMs` (default 10 000) for running handlers, aborts the rest, and leaves the group. */
  close(graceMs?: number): Promise<void>
}

/** The maximum number of messages in one `send`, and in one batch unless a member asks for more. */
export const MAX_SEND = 500

/** The maximum number of messages in a batch that a member may ask for; a batch is in memory at once. */
export const MAX_BATCH = 5_000

/** Most bytes of the keys, values and headers of a batch or a read together. A single message of a foreign producer may have more. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024

/** Most bytes of one message's key, value and headers together. */
export const MAX_MESSAGE_BYTES = 1024 * 1024

export type LogErrorCode =
  /** The queue is full and nothing was written. Wait and send again. */
  | 'overloaded'
  /** The write may be done or not. */
  | 'unknown'
  /** The topic or partition does not exist. */
  | 'not_found'
  | 'out_of_range'
  /** The lease has ended. */
  | 'fenced'
  /** The group has members. Stop them and try again. */
  | 'active'
  | 'too_large'
  /** Messages at this position cannot be decoded. Trying again fails too; other positions can be read. */
  | 'unreadable'
  /** The log denies this process access to the topic or the group. Nothing was written. */
  | 'forbidden'
  /** The call is wrong; the message says why. */
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
