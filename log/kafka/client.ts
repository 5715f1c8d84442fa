import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { Kafka, logLevel, type Cluster, type KafkaConfig, type SASLOptions } from 'kafkajs'
import { withColons, withoutColons } from './brokers.ts'
import { patchKafkajs } from './kafkajs-fixes.ts'

/** Where Kafka is and how it is spoken to. */
export interface KafkaSettings {
  /** `host:port`. One that answers is enough: it names the others. */
  brokers: readonly string[]
  /** TLS, checked against the system's authorities or against `ca`; PEM texts. */
  ssl?: true | { ca?: string | undefined; cert?: string | undefined; key?: string | undefined } | undefined
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | undefined
  /** Shown in the broker's own logs. */
  clientId?: string | undefined
  /** Is told what kafkajs has to say, from warnings up; nobody, if absent. */
  trace?: ((line: string) => void) | undefined
}

export interface ClientOptions extends KafkaSettings {
  /** How long the answer to a request may take. */
  requestTimeoutMs: number
  /** How often kafkajs tries again by itself. */
  retries: number
}

/** A kafkajs of its own, with sockets of its own. */
export interface Client {
  kafka: Kafka
  /** At once and for ever: nothing that kafkajs still tries reaches a broker. */
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

/** Node takes a certificate that is undefined for one that is wrong. */
const defined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

interface SocketRequest {
  host: string
  port: number
  ssl?: object
  onConnect: () => void
}

/** kafkajs may hang while it disconnects, and goes on trying after it was given up: its sockets are kept at hand. */
class Sockets {
  readonly #open = new Set<Socket>()
  #destroyed = false

  open({ host: given, port, ssl, onConnect }: SocketRequest): Socket {
    if (this.#destroyed) throw new Error('the client is closed')
    // Node takes an address without its brackets; one that Kafka itself tells has none.
    const host = withColons(given).replace(/^\[(.*)\]$/, '$1')
    const socket = ssl
      ? connectSecurely({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect)
    // Each request is one write, and is not to wait for the answer to the one before.
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#open.add(socket)
    return socket.once('close', () => this.#open.delete(socket))
  }

  destroy(): void {
    this.#destroyed = true
    // Without an error kafkajs does not notice, and keeps what it has asked for until it times out.
    for (const socket of this.#open) socket.destroy(new Error('the client is closed'))
  }
}

/**
 * kafkajs has the whole protocol in an object that it shows to partition assigners only. A consumer that never joins a group
 * gives it away.
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
