/** What one proxy process accepts at once. Above a limit it returns 413, or 503 with `Retry-After`; no queue is unbounded. */
export interface Limits {
  /** Bytes of one request body. */
  bodyBytes: number
  /** Bytes of all request bodies whose response has not been sent. */
  pendingBytes: number
  /** Long polls and streams held open. */
  waiting: number
  /** Consumer instances. */
  instances: number
  /** An instance without a call for so long closes. */
  idleMs: number
}

export const LIMITS: Limits = {
  bodyBytes: 8 * 1024 * 1024,
  pendingBytes: 64 * 1024 * 1024,
  waiting: 10_000,
  instances: 1_000,
  idleMs: 120_000,
}
