import type { Fetched } from './cluster.ts'
import type { Position } from '../log.ts'

/** What was deleted meanwhile is read for so long at most. */
const KEPT_MS = 2000

/** Of everything kept. */
const KEPT_BYTES = 32 * 1024 * 1024

interface Entry {
  fetched: Fetched
  bytes: number
  timer: NodeJS.Timeout
}

/**
 * What was fetched and not asked for yet. Kafka bounds an answer by its compressed bytes, so a reader of some hundred messages may be
 * given ten thousand; he comes back for the next ones in a moment, and they are not to be fetched and unpacked again.
 */
export class ReadAhead {
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /** What lies at exactly this position, which others may ask for, too. */
  at(position: Position): Fetched | undefined {
    return this.#entries.get(nameOf(position))?.fetched
  }

  /** The first messages, as many as are wanted; the others are kept. */
  split(at: Position, fetched: Fetched, max: number): Fetched['messages'] {
    const wanted = fetched.messages.slice(0, max)
    const last = wanted.at(-1)
    const messages = fetched.messages.slice(max)
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
    // The oldest ones first.
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

/** What the objects around a message take, roughly. */
const MESSAGE_BYTES = 300

const bytesOf = ({ messages }: Fetched): number =>
  messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + MESSAGE_BYTES, 0)
