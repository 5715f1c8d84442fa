import { BackOff } from '#platform/deadline.ts'
import { type Log, LogError } from '#log/log.ts'
import { type Audience, type Decode, itemsIn, type Item } from './entry.ts'
import { encodeItems } from './frame.ts'
import { formatId, LogIdentity, type Vector } from './position.ts'

export interface LogTailOptions {
  log: Log
  topic: string
  decode?: Decode
  /** Called once when the log cannot be read any more, unless it was closed. */
  report: (error: unknown) => void
}

/** What the tail calls for one open stream, in the order of the log's partitions. None of the calls may block. */
export interface Subscriber {
  audience: Audience
  take: (message: Delivery) => void
  /** The log cannot be read any more: it was closed, or its messages are gone. */
  fail: () => void
}

/** One message for one audience. Its bytes are rendered once for all streams of the audience. */
export interface Delivery {
  partition: number
  offset: number
  /** With the id of the tail's position behind this message. */
  bytes: Uint8Array
}

const BATCH = 100
const WAIT_MS = 10_000
const RETRY_MS = { first: 100, most: 5_000 }

/**
 * The end of the log of record, read and decoded once per process while any stream is open. Each message goes only to the streams
 * that it concerns, so idle streams cost nothing.
 */
export class LogTail {
  readonly #options: Required<LogTailOptions>
  #run: Promise<Run> | undefined

  constructor({ decode = itemsIn, ...options }: LogTailOptions) {
    this.#options = { decode, ...options }
  }

  /**
   * Hands a stream its messages from now on.
   * @returns the position behind the last message that was handed out; messages from there on follow
   * @throws LogError when the log cannot be read
   */
  async join(subscriber: Subscriber): Promise<Joined> {
    const opening = (this.#run ??= openRun(this.#options))
    try {
      const run = await opening
      if (!run.isOver) return run.join(subscriber)
    } catch (error) {
      if (this.#run === opening) this.#run = undefined
      throw error
    }
    if (this.#run === opening) this.#run = undefined
    return this.join(subscriber)
  }
}

export interface Joined {
  position: Vector
  identity: LogIdentity
  /** The id of the position that the tail has now. */
  currentId: () => string
  leave: () => void
}

async function openRun(options: Required<LogTailOptions>): Promise<Run> {
  const { log, topic } = options
  const bounds = await log.bounds(topic)
  const identity = new LogIdentity(bounds.length)
  const written = bounds.filter(({ first, end }) => first < end)
  const firsts = written.map(({ partition, first: offset }) => log.read({ topic, partition, offset }, 1, 0))
  for (const message of (await Promise.all(firsts)).flat()) identity.note(message)
  const position = bounds.map(({ end }) => end)
  return new Run(options, position, identity)
}

/** Reads from its first subscriber on until the last one has left; then it is over. */
class Run {
  isOver = false
  readonly #options: Required<LogTailOptions>
  readonly #position: number[]
  readonly #identity: LogIdentity
  readonly #subscribers = new Map<Audience, Set<Subscriber>>()
  #hasBegun = false

  constructor(options: Required<LogTailOptions>, position: number[], identity: LogIdentity) {
    this.#options = options
    this.#position = position
    this.#identity = identity
  }

  join(subscriber: Subscriber): Joined {
    const { audience } = subscriber
    const subscribers = this.#subscribers.get(audience) ?? new Set()
    this.#subscribers.set(audience, subscribers.add(subscriber))
    if (!this.#hasBegun) for (const partition of this.#position.keys()) void this.#follow(partition)
    this.#hasBegun = true
    const leave = (): void => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#subscribers.get(audience) === subscribers) this.#subscribers.delete(audience)
      if (this.#subscribers.size === 0) this.isOver = true
    }
    return { position: [...this.#position], identity: this.#identity, currentId: () => this.#id(), leave }
  }

  async #follow(partition: number): Promise<void> {
    const { log, topic } = this.#options
    const backOff = new BackOff(RETRY_MS.first, RETRY_MS.most)
    while (!this.isOver) {
      try {
        const offset = this.#position[partition]!
        for (const message of await log.read({ topic, partition, offset }, BATCH, WAIT_MS)) {
          if (this.isOver) return
          this.#identity.note(message)
          this.#position[partition] = message.offset + 1
          this.#deliver(partition, message.offset, this.#options.decode(message))
        }
        backOff.reset()
      } catch (error) {
        if (!isTransient(error)) return this.#fail(error)
        await backOff.pause()
      }
    }
  }

  #deliver(partition: number, offset: number, items: readonly Item[]): void {
    const concerned = Map.groupBy(
      items.filter(({ audience }) => this.#subscribers.has(audience)),
      ({ audience }) => audience,
    )
    for (const [audience, ofAudience] of concerned) {
      const bytes = encodeItems(ofAudience, this.#id())
      for (const subscriber of this.#subscribers.get(audience) ?? []) subscriber.take({ partition, offset, bytes })
    }
  }

  #id(): string {
    return formatId(this.#position, this.#identity.tagOf(this.#position))
  }

  #fail(error: unknown): void {
    // Of the partitions, the first one that fails ends the streams.
    if (this.isOver) return
    this.isOver = true
    for (const subscriber of [...this.#subscribers.values()].flatMap((subscribers) => [...subscribers]))
      subscriber.fail()
    if (!(error instanceof LogError && error.code === 'closed')) this.#options.report(error)
  }
}

/** During an outage of the log the streams stay open. */
const isTransient = (error: unknown): boolean => error instanceof LogError && error.code === 'unavailable'
