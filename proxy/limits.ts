/** What one proxy takes on at once. Beyond it the answer is 413, or 503 with `Retry-After`; nothing queues without end. */
export interface Limits {
  /** Of one request's body. */
  bodyBytes: number
  /** Of all bodies under way together. */
  pendingBytes: number
  /** Long polls and streams that are held open. */
  waiting: number
  /** Consumer instances. */
  instances: number
  /** Instances end when nobody has called them for so long. */
  idleMs: number
}

export const LIMITS: Limits = {
  bodyBytes: 8 * 1024 * 1024,
  pendingBytes: 64 * 1024 * 1024,
  waiting: 10_000,
  instances: 1_000,
  idleMs: 120_000,
}
