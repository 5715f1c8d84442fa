import type { Client } from './client.ts'
import { PartitionWriter } from './partition-writer.ts'
import { LogError, type Position } from '../log.ts'
import type { PreparedMessage, QueueLimit } from '../outgoing.ts'

/** The maximum bytes of one call for one partition. They are one batch, and new topics accept it. */
export const MAX_APPEND_BYTES = 8 * 1024 * 1024

/** A writer per partition, with one limit for everything that waits in them. */
export class PartitionWriters {
  readonly #open: () => Client
  readonly #timeoutMs: number
  readonly #limit: QueueLimit
  readonly #writers = new Map<string, PartitionWriter>()
  #messages = 0
  #bytes = 0

  constructor(open: () => Client, timeoutMs: number, limit: QueueLimit) {
    this.#open = open
    this.#timeoutMs = timeoutMs
    this.#limit = limit
  }

  /** Positions in call order, or an error at the deadline `due`. Rejects the whole call before any of it is queued. */
  async append(prepared: readonly PreparedMessage[], due: number): Promise<Position[]> {
    const parts = [...Map.groupBy(prepared, nameOf)]
    for (const [name, messages] of parts) checkSize(name, messages)
    const bytes = bytesOf(prepared)
    this.#take(prepared.length, bytes)
    const settled = await Promise.allSettled(
      parts.map(([name, messages]) => this.#writer(name, messages).append(messages, due)),
    )
    this.#messages -= prepared.length
    this.#bytes -= bytes
    return positionsOf(prepared, parts, settled)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()))
  }

  #take(messages: number, bytes: number): void {
    if (this.#messages + messages > this.#limit.messages || this.#bytes + bytes > this.#limit.bytes) {
      throw new LogError('overloaded', 'the write queue is full: wait and send again')
    }
    this.#messages += messages
    this.#bytes += bytes
  }

  #writer(name: string, [first]: readonly PreparedMessage[]): PartitionWriter {
    const writer =
      this.#writers.get(name) ?? new PartitionWriter(first!.topic, first!.partition, this.#open, this.#timeoutMs)
    this.#writers.set(name, writer)
    return writer
  }
}

const nameOf = ({ topic, partition }: PreparedMessage): string => `${topic}/${partition}`

const bytesOf = (prepared: readonly PreparedMessage[]): number => prepared.reduce((sum, { size }) => sum + size, 0)

function checkSize(name: string, messages: readonly PreparedMessage[]): void {
  const bytes = bytesOf(messages)
  if (bytes <= MAX_APPEND_BYTES) return
  throw new LogError('too_large', `a call must not exceed ${MAX_APPEND_BYTES} bytes for ${name}; this one has ${bytes}`)
}

type PartitionMessages = readonly [name: string, messages: readonly PreparedMessage[]]

function positionsOf(
  prepared: readonly PreparedMessage[],
  parts: readonly PartitionMessages[],
  settled: readonly PromiseSettledResult<number>[],
): Position[] {
  checkWhole(settled)
  const offsets = new Map(parts.map(([name], i) => [name, (settled[i] as PromiseFulfilledResult<number>).value]))
  return prepared.map((message) => {
    const name = nameOf(message)
    const offset = offsets.get(name)!
    offsets.set(name, offset + 1)
    return { topic: message.topic, partition: message.partition, offset }
  })
}

/** The error code says that nothing was written only if no part was written. */
function checkWhole(settled: readonly PromiseSettledResult<number>[]): void {
  const reasons = settled.filter((part) => part.status === 'rejected').map(({ reason }) => reason as LogError)
  const [reason] = reasons
  if (reason === undefined) return
  const isNothingWritten = reasons.length === settled.length && reasons.every(({ code }) => code === reason.code)
  if (isNothingWritten) throw reason
  throw new LogError('unknown', `some of the messages may have been written: ${reason.message}`, { cause: reason })
}
