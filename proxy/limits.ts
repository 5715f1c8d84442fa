import type { Allowance } from '#platform/budget.ts'

/**
 * What one proxy process accepts at once; `#platform/node/limits.ts` has the limits of its HTTP server. Above a limit it returns 413,
 * 429 with `Retry-After` if the account uses its own share, or 503 with `Retry-After`; no queue is unbounded. The defaults fit a pod
 * of 512 MiB with half of it as heap.
 */
export interface Limits {
  /** Bytes of one request body. */
  bodyBytes: number
  /** JSON values in one request body: each object, list, name, text and number counts. */
  jsonValues: number
  /** Bytes of all request bodies whose response has not been sent. */
  pendingBytes: number
  /** Bytes of all messages in responses that have not been sent. */
  responseBytes: number
  /** Long polls and streams held open. */
  waiting: number
  /** Positions that `/fetch` reads or waits at. */
  reads: number
  /** Different positions of one `/fetch`. */
  positions: number
  /** Consumer instances. */
  instances: number
  /** Milliseconds without a call after which an instance closes. */
  idleMs: number
  /** Milliseconds that a client may set for the session timeout and the interval of automatic commits. */
  clientMs: number
  /** Requests per second of one address to the routes without credentials, `/healthz` excepted. */
  publicPerSecond: number
}

export const LIMITS: Limits = {
  bodyBytes: 8 * 1024 * 1024,
  jsonValues: 100_000,
  pendingBytes: 32 * 1024 * 1024,
  responseBytes: 32 * 1024 * 1024,
  waiting: 10_000,
  reads: 2_000,
  positions: 100,
  instances: 1_000,
  idleMs: 120_000,
  clientMs: 1_800_000,
  publicPerSecond: 300,
}

/** One account holds at most half, so that a greedy one leaves the others as much. */
export const shared = (total: number): Allowance => ({ total, share: Math.ceil(total / 2) })
