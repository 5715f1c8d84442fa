/**
 * What one edge process takes on at once; `#platform/node/limits.ts` has the limits of its HTTP server. Above a limit it returns 429
 * with `Retry-After` if the caller uses its own share, or 503 with `Retry-After`. The defaults fit a pod of 512 MiB with half of it as
 * heap. A caller is the subject of a token, or an address where there is none.
 */
export const LIMITS = {
  /** Requests with a token whose response has not begun: each holds its body, and perhaps waits for a decision. */
  underWay: { total: 2_000, share: 500 },
  /** Webhooks whose response has not begun, by address: their bodies are read before their signature is verified. */
  webhooks: { total: 200, share: 100 },
  webhookBytes: 64 * 1024,
  /** Event streams. */
  streams: { total: 4_000, share: 20 },
  /** Requests per second of one address to the routes without a token, health checks excepted. */
  publicPerSecond: 300,
  /** Tokens per second of one address that may be invalid. */
  invalidTokensPerSecond: 100,
} as const
