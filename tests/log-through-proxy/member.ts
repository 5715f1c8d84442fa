import { randomUUID } from 'node:crypto'
import type { Kafka } from '@upstash/kafka'
import { LogError, MAX_SEND, type Handler, type Lease, type Message, type Running, type RunOptions } from '#log/log.ts'
import { firstBatch } from '#log/message-size.ts'
import { pause, settledWithin } from '#platform/deadline.ts'
import { messageOf, translated } from './rest-format.ts'

/** Short, because calls of one instance are served one after the other. */
const POLL_MS = 30
const PAUSE_MS = 50

/** A group member made of an instance: it polls and passes each partition's messages to the handler in order. */
export class MemberThroughProxy implements Running {
  readonly #kafka: Kafka
  readonly #options: RunOptions
  readonly #handle: Handler
  readonly #names: { consumerGroupId: string; instanceId: string }
  readonly #partitions = new Map<string, Promise<void>>()
  readonly #over = new AbortController()
  readonly #stopped = new AbortController()
  #polling: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(kafka: Kafka, options: RunOptions, handle: Handler) {
    this.#kafka = kafka
    this.#options = options
    this.#handle = handle
    this.#names = { consumerGroupId: options.group, instanceId: randomUUID() }
  }

  /** The first call creates the instance; the format does not report its first assignment. */
  async join(): Promise<void> {
    await this.#poll()
    this.#polling = this.#pollOn()
  }

  close(graceMs = 10_000): Promise<void> {
    this.#closed ??= this.#leave(graceMs)
    return this.#closed
  }

  async #leave(graceMs: number): Promise<void> {
    this.#stopped.abort()
    await this.#polling
    if (graceMs > 0) await settledWithin(graceMs, Promise.all(this.#partitions.values()))
    this.#over.abort()
    const { consumerGroupId, instanceId } = this.#names
    await translated(this.#kafka.admin().removeConsumerInstance(consumerGroupId, instanceId)).catch(() => undefined)
  }

  async #pollOn(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#poll().catch(() => pause(PAUSE_MS, this.#stopped.signal))
    }
  }

  async #poll(): Promise<void> {
    const { topics } = this.#options
    // The client's defaults are automatic commits and a start at the end.
    const settings = { autoCommit: false, autoOffsetReset: 'earliest' } as const
    const consumed = this.#kafka
      .consumer()
      .consume({ ...this.#names, ...settings, topics: [...topics], timeout: POLL_MS })
    const messages = (await translated(consumed)).map(messageOf)
    const byPartition = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`)
    for (const [name, messages] of byPartition) {
      const before = this.#partitions.get(name) ?? Promise.resolve()
      this.#partitions.set(
        name,
        before.then(() => this.#feed(messages)),
      )
    }
  }

  /** The proxy returns a message once, so a failed handler is retried here. */
  async #feed(messages: readonly Message[]): Promise<void> {
    const { topic, partition } = messages[0]!
    const { maxBatch = MAX_SEND } = this.#options
    let done = 0
    while (done < messages.length && !this.#stopped.signal.aborted) {
      const batch = { topic, partition, messages: firstBatch(messages.slice(done), maxBatch) }
      try {
        await this.#handle(batch, this.#leaseOf(topic, partition))
        done += batch.messages.length
      } catch {
        await pause(PAUSE_MS, this.#stopped.signal)
      }
    }
  }

  #leaseOf(topic: string, partition: number): Lease {
    const { signal } = this.#over
    const commit = async (offset: number): Promise<void> => {
      if (signal.aborted) throw new LogError('fenced', 'the member has left')
      const position = { topic, partition, offset: offset + 1 }
      await translated(this.#kafka.consumer().commit({ ...this.#names, offset: position }))
    }
    return { signal, commit }
  }
}
