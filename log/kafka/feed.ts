import type { Client } from './client.ts'
import { committedOf, fetchFrom, offsetsOf, type Fetched } from './cluster.ts'
import { answerIn, isFinal, sentenceOf } from './errors.ts'
import { Connection } from './connection.ts'
import type { Handler, Lease, Message, Owned } from '../log.ts'
import { BackOff } from '#platform/deadline.ts'

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 5000

/** Of one answer: a batch of messages such as ours are. Compressed it holds ten times as many, which have to be unpacked in time. */
const FETCH_BYTES_MIN = 256 * 1024
const MESSAGE_BYTES = 1024

/**
 * How long one question waits at the broker: nothing else waits for its end. Well below the limit of an answer, for kafkajs itself
 * gives the way there and back a tenth of a second only, and a busy process takes longer than that to see what has come.
 */
const POLL_MS = 2000

export interface Feed {
  group: string
  owned: Owned
  maxBatch: number
  handle: Handler
  lease: Lease
  /** Stops before the next batch; what is under way may still commit. */
  halt: AbortSignal
  open: () => Client
  limitMs: number
  report: (sentence: string) => void
}

/**
 * Hands a partition to its handler, batch by batch, until it is halted. It has a connection of its own, so that neither a slow
 * handler nor a quiet partition holds up another. Rejects only with what nobody can mend by waiting.
 */
export async function feed(options: Feed): Promise<void> {
  const connection = new Connection(options.open)
  const stop = (): void => connection.close()
  options.halt.addEventListener('abort', stop)
  const source = new Source(options, connection)
  try {
    while (!options.halt.aborted) await handle(options, await source.more())
  } finally {
    options.halt.removeEventListener('abort', stop)
    connection.close()
  }
}

/** Every message until it is handled; what a handler throws is its own business, and brings the same messages again. */
async function handle({ owned, maxBatch, handle, lease, halt }: Feed, messages: readonly Message[]): Promise<void> {
  const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
  for (let done = 0; done < messages.length && !halt.aborted;) {
    const batch = { ...owned, messages: messages.slice(done, done + maxBatch) }
    try {
      await handle(batch, lease)
      done += batch.messages.length
      backOff.reset()
      await breath()
    } catch {
      await backOff.pause(halt)
    }
  }
}

/** A handler that never waits would otherwise keep the event loop from heartbeats. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Source {
  readonly #options: Feed
  readonly #connection: Connection
  #next: number | undefined
  #isLost = false
  readonly #backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)

  constructor(options: Feed, connection: Connection) {
    this.#options = options
    this.#connection = connection
  }

  /** What comes next; nothing once it is halted, or when there was nothing for a while. */
  async more(): Promise<Message[]> {
    const { owned, halt, report } = this.#options
    try {
      const { messages, next } = await this.#fetch()
      this.#next = next
      this.#backOff.reset()
      return messages
    } catch (error) {
      if (halt.aborted) return []
      if (answerIn(error) === 'OFFSET_OUT_OF_RANGE') return this.#startOver()
      if (isFinal(error)) throw error
      report(`cannot read ${owned.topic}/${owned.partition}: ${sentenceOf(error)}`)
      await this.#backOff.pause(halt)
      return []
    }
  }

  async #fetch(): Promise<Fetched> {
    const { owned, limitMs, maxBatch } = this.#options
    this.#next ??= await this.#start()
    const at = { ...owned, offset: this.#next }
    const bytes = Math.max(FETCH_BYTES_MIN, maxBatch * MESSAGE_BYTES)
    return this.#connection.ask(POLL_MS + limitMs, (cluster) => fetchFrom(cluster, at, bytes, POLL_MS))
  }

  /** Where the group goes on, else the oldest message: what was sent before the group was there is not skipped. */
  async #start(): Promise<number> {
    const { group, owned, limitMs } = this.#options
    const { topic, partition } = owned
    const [committed, first] = await this.#connection.ask(limitMs, (cluster) =>
      Promise.all([committedOf(cluster, group, topic, [partition]), offsetsOf(cluster, topic, [partition], 'first')]),
    )
    return committed[0] === -1 || this.#isLost ? first[0]! : committed[0]!
  }

  /** A group that is past the end, or has slept through retention, starts over at the oldest: twice is better than never. */
  #startOver(): Message[] {
    const { group, owned, report } = this.#options
    report(
      `${group} restarts at the oldest message of ${owned.topic}/${owned.partition}: offset ${this.#next} is out of range`,
    )
    this.#isLost = true
    this.#next = undefined
    return []
  }
}
