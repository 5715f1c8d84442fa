import type { Fetched } from './cluster.ts'
import type { Position } from '../log.ts'
import { firstBatch, messageBytes } from '../message-size.ts'

/** How long messages are kept: deleted messages may be read for that long. */
const KEPT_MS = 2000

/** The limit of all kept messages. */
const KEPT_BYTES = 16 * 1024 * 1024

interface Entry {
  fetched: Fetched
  bytes: number
  timer: NodeJS.Timeout
}

/**
 * Messages that were fetched and not requested yet. Kafka limits a fetch by bytes, so a read of some messages may receive
 * thousands. The next read continues there and need not fetch and unpack them again.
 */
export class ReadAhead {
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /** The messages from exactly this position on. They stay, because other readers may ask for them. */
  at(position: Position): Fetched | undefined {
    return this.#entries.get(nameOf(position))?.fetched
  }

  /** Returns the first messages, at most `max`, and keeps the others. */
  split(at: Position, fetched: Fetched, max: number): Fetched['messages'] {
    const wanted = firstBatch(fetched.messages, max)
    const last = wanted.at(-1)
    const messages = fetched.messages.slice(wanted.length)
    if (last && messages.length > 0) this.#keep({ ...at, offset: last.offset + 1 }, { ...fetched, messages })
    return wanted
  }

  clear(): void {
    for (const name of this.#entries.keys()) this.#drop(name)
  }

  #keep(at: Position, fetched: Fetched): void {
    const name = nameOf(at)
    this.#drop(name)
    const timer = setTimeout(() => this.#drop(name), KEPT_MS).unref()
    const bytes = bytesOf(fetched)
    this.#entries.set(name, { fetched, bytes, timer })
    this.#bytes += bytes
    // The oldest entries are dropped first.
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= KEPT_BYTES) return
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    clearTimeout(entry.timer)
    this.#entries.delete(name)
    this.#bytes -= entry.bytes
  }
}

const nameOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`

/** The approximate size of the objects around a message, and around each of its headers. */
const MESSAGE_BYTES = 300
const HEADER_BYTES = 200

const bytesOf = ({ messages }: Fetched): number =>
  messages.reduce(
    (sum, message) => sum + messageBytes(message) + MESSAGE_BYTES + message.headers.length * HEADER_BYTES,
    0,
  )
