/** What the HTTP server of every process accepts. An address is that of the peer, which is the balancer's where there is one. */
export interface ServerLimits {
  /** Open connections. */
  connections: number
  /** Open connections of one address. */
  connectionsPerAddress: number
  /** Requests on one connection; the response to the last closes it. */
  requestsPerConnection: number
  /** Requests of one connection that are processed at once. Those after them wait. */
  startedPerConnection: number
  /** Requests that wait behind others of their connection. */
  waitingRequests: number
  /** Such requests of one address. Its connection is closed above it. */
  waitingRequestsPerAddress: number
  /** Bytes of a request's line and headers. */
  headerBytes: number
  /** Milliseconds until the headers of a request have arrived. */
  headersMs: number
  /** Milliseconds until a whole request has arrived. */
  requestMs: number
  /** Milliseconds that a connection stays open between requests: longer than load balancers keep one. */
  idleMs: number
  /** Milliseconds in which a client must take a part of its response. */
  sendMs: number
}

export const SERVER_LIMITS: ServerLimits = {
  connections: 25_000,
  connectionsPerAddress: 12_000,
  requestsPerConnection: 1_000,
  startedPerConnection: 4,
  waitingRequests: 10_000,
  waitingRequestsPerAddress: 2_000,
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 75_000,
  sendMs: 30_000,
}
