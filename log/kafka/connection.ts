import type { Cluster } from 'kafkajs'
import { clusterOf, type Client } from './client.ts'
import { asLogError, isAboutTopics, isFinal } from './errors.ts'
import { provenPlain } from './plaintext.ts'
import { LogError } from '../log.ts'
import { BackOff, within } from '#platform/deadline.ts'

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 1000

/**
 * A connection to the cluster for questions that may be asked twice. kafkajs recovers from some failures and stumbles over its
 * stale state after others. This one reconnects after any failure, until the request is answered or its deadline has passed.
 */
export class Connection {
  readonly #open: () => Client
  readonly #closing = new AbortController()
  #link: Link | undefined

  constructor(open: () => Client) {
    this.#open = open
  }

  /** Rejects with a {@link LogError}, or with what Kafka answered if trying again does not help. */
  async ask<T>(limitMs: number, ask: (cluster: Cluster) => Promise<T>): Promise<T> {
    const end = performance.now() + limitMs
    let before: unknown
    const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
    for (;;) {
      this.#checkOpen()
      const link = this.#connected()
      link.asks += 1
      try {
        return await within(end - performance.now(), link.cluster.then(ask), late, this.#closing.signal)
      } catch (error) {
        this.#checkOpen()
        // kafkajs asks for the metadata of all earlier topics too: only on a new connection the error is about this topic.
        const isOfOthers = link.asks > 1 && isAboutTopics(error)
        if (isFinal(error) && !isOfOthers) throw error
        this.#drop(link)
        const proof = await provenPlain(error)
        if (proof) throw proof
        // The error before the deadline says more than the deadline.
        before = error instanceof LogError ? (before ?? error) : error
        if (performance.now() + backOff.nextMs >= end) throw asLogError(before)
      }
      await backOff.pause(this.#closing.signal)
    }
  }

  close(): void {
    this.#closing.abort()
    if (this.#link) this.#drop(this.#link)
  }

  #connected(): Link {
    if (this.#link) return this.#link
    const link = connect(this.#open())
    link.cluster.catch(() => this.#drop(link))
    this.#link = link
    return link
  }

  #drop(link: Link): void {
    if (this.#link === link) this.#link = undefined
    link.client.destroy()
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError('closed', 'the log is closed')
  }
}

interface Link {
  client: Client
  /** How many questions it was used for. */
  asks: number
  cluster: Promise<Cluster>
}

function connect(client: Client): Link {
  const cluster = clusterOf(client.kafka)
  return { client, asks: 0, cluster: cluster.connect().then(() => cluster) }
}

const late = (): LogError => new LogError('unavailable', 'Kafka did not answer in time')
