import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { Kafka, logLevel, type Cluster, type KafkaConfig, type SASLOptions } from 'kafkajs'
import { withColons, withoutColons } from './brokers.ts'
import { patchKafkajs } from './kafkajs-fixes.ts'

/** Where Kafka is and how to connect to it. */
export interface KafkaSettings {
  /** `host:port`. One that answers is enough: it lists the others. */
  brokers: readonly string[]
  /** TLS, verified with the system's authorities or with `ca`; PEM texts. */
  ssl?: true | { ca?: string | undefined; cert?: string | undefined; key?: string | undefined } | undefined
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | undefined
  /** Appears in the broker's logs. */
  clientId?: string | undefined
  /** Receives the warnings and errors of kafkajs; they are dropped if absent. */
  trace?: ((line: string) => void) | undefined
}

export interface ClientOptions extends KafkaSettings {
  /** The deadline of one request. */
  requestTimeoutMs: number
  /** How often kafkajs retries by itself. */
  retries: number
}

/** A kafkajs client with its own sockets. */
export interface Client {
  kafka: Kafka
  /** Immediate and final: no retry of kafkajs reaches a broker after it. */
  destroy(): void
}

const CONNECTION_TIMEOUT_MS = 3000
const KEEP_ALIVE_MS = 60_000

export function openClient(options: ClientOptions): Client {
  patchKafkajs()
  const sockets = new Sockets()
  const kafka = new Kafka({ ...configOf(options), socketFactory: (request) => sockets.open(request) })
  return { kafka, destroy: () => sockets.destroy() }
}

function configOf({ brokers, ssl, sasl, clientId = 'reservoir', trace, ...limits }: ClientOptions): KafkaConfig {
  return {
    clientId,
    brokers: brokers.map(withoutColons),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: limits.requestTimeoutMs,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: limits.retries },
    logLevel: trace ? logLevel.WARN : logLevel.NOTHING,
    logCreator: () => (entry) => trace?.(`${entry.namespace}: ${entry.log.message}`),
    ...(ssl ? { ssl: ssl === true ? {} : defined(ssl) } : {}),
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
  }
}

/** Node rejects a certificate that is `undefined`. */
const defined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

interface SocketRequest {
  host: string
  port: number
  ssl?: object
  onConnect: () => void
}

/** kafkajs may hang while it disconnects, and retries after it was abandoned. So its sockets can be destroyed here. */
class Sockets {
  readonly #open = new Set<Socket>()
  #destroyed = false

  open({ host: given, port, ssl, onConnect }: SocketRequest): Socket {
    if (this.#destroyed) throw new Error('the client is closed')
    // Node takes an IPv6 address without brackets; the addresses that Kafka advertises have none.
    const host = withColons(given).replace(/^\[(.*)\]$/, '$1')
    const socket = ssl
      ? connectSecurely({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect)
    // Each request is one write that must not wait for the answer to the one before.
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#open.add(socket)
    return socket.once('close', () => this.#open.delete(socket))
  }

  destroy(): void {
    this.#destroyed = true
    // Without an error kafkajs does not notice it, and keeps its requests until they time out.
    for (const socket of this.#open) socket.destroy(new Error('the client is closed'))
  }
}

/**
 * kafkajs has the whole protocol in an object that only partition assigners receive. A consumer that never joins a group exposes
 * it.
 */
export function clusterOf(kafka: Kafka): Cluster {
  let found: Cluster | undefined
  kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: 'none',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  return found!
}
