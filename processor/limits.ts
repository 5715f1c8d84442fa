/** What one process of the processor takes on at once. Above a limit it returns 429 or 503 with `Retry-After`, or ends the stream. */

/** Tokens that are not valid. The edge sends valid ones only. */
export const INVALID_TOKENS = {
  /** Of one address in a second. */
  perSecond: 100,
} as const

/** Requests with a token whose response has not begun. */
export const UNDER_WAY = { total: 3_000, share: 500 } as const

/** Those of them that wait: for a receipt (`wait`), for an earlier write (`Consistency-Token`), or for a view that is absent. */
export const WAITS = { total: 2_500, share: 250 } as const

/** Reads of documents that requests wait for: of views by id, and of receipts. */
export const READS = {
  /** Reads of one collection under way; the requests that come meanwhile share the next one. */
  parallel: 8,
} as const

/** Bytes of the bodies of requests under way. */
export const BODY_BYTES = { total: 16 * 1024 * 1024, share: 1024 * 1024 } as const

/** Open event streams. */
export const STREAMS = {
  /** Streams of the process. */
  total: 6_000,
  /** Streams of one principal. */
  share: 20,
  /** Bytes that wait for the client of one stream; a client that is further behind is cut off. */
  queuedBytes: 1024 * 1024,
  /** Bytes that wait for the clients of all streams. */
  totalQueuedBytes: 32 * 1024 * 1024,
} as const

/** Streams that read what their client missed. */
export const REPLAYS = {
  /** Replays of the process. */
  total: 64,
  /** Replays of one principal. */
  share: 4,
  /** Messages of the log that a client may be behind; beyond it the stream begins with a `reset`. */
  messages: 10_000,
} as const
