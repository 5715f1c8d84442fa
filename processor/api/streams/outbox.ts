export interface OutboxLimits {
  /** Bytes that wait for the client of one stream. */
  queuedBytes: number
  /** A client that reads nothing for so long, though bytes wait for it, is cut off. */
  stalledMs: number
}

/** The bytes that all streams of a process hold. */
export interface Queued {
  bytes: number
  maxBytes: number
}

/**
 * The body of one stream: bytes wait here until the client reads them. A client that reads too slowly is cut off; it connects again
 * and resumes.
 */
export class Outbox {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #limits: OutboxLimits
  readonly #total: Queued
  readonly #ended: () => void
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  #queue: Uint8Array[] = []
  #bytes = 0
  #isEnded = false
  #stalled: NodeJS.Timeout | undefined
  #read: PromiseWithResolvers<void> | undefined
  #emptied: PromiseWithResolvers<void> | undefined

  /** @param ended called once, however the stream ends */
  constructor(limits: OutboxLimits, total: Queued, ended: () => void) {
    this.#limits = limits
    this.#total = total
    this.#ended = ended
    const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.end(),
    }
    this.body = new ReadableStream(source, { highWaterMark: 0 })
  }

  /** Bytes that wait for the client. */
  get bytes(): number {
    return this.#bytes
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Never waits. Ends the stream if bytes wait already and these would be too many. */
  write(bytes: Uint8Array): void {
    if (this.#isEnded) return
    const isOver = this.#bytes + bytes.length > this.#limits.queuedBytes
    const isOverTotal = this.#total.bytes + bytes.length > this.#total.maxBytes
    if (this.#bytes > 0 && (isOver || isOverTotal)) return this.end()
    this.#queue.push(bytes)
    this.#bytes += bytes.length
    this.#total.bytes += bytes.length
    this.#stalled ??= setTimeout(() => this.end(), this.#limits.stalledMs)
    if (this.#read) this.#flush()
  }

  /** Resolves when the client has read everything, or the stream has ended. */
  async emptied(): Promise<void> {
    if (this.#bytes === 0 || this.#isEnded) return
    this.#emptied ??= Promise.withResolvers()
    return this.#emptied.promise
  }

  /** What waits is dropped. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#drop()
    try {
      this.#controller.close()
    } catch {
      // The client has cancelled the body, which closes it.
    }
    this.#read?.resolve()
    this.#ended()
  }

  async #pull(): Promise<void> {
    if (this.#isEnded) return
    if (this.#bytes > 0) return this.#flush()
    this.#read = Promise.withResolvers()
    return this.#read.promise
  }

  #flush(): void {
    const chunk = this.#queue.length === 1 ? this.#queue[0]! : Buffer.concat(this.#queue)
    this.#drop()
    this.#controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
    this.#read?.resolve()
    this.#read = undefined
  }

  #drop(): void {
    clearTimeout(this.#stalled)
    this.#stalled = undefined
    this.#total.bytes -= this.#bytes
    this.#queue = []
    this.#bytes = 0
    this.#emptied?.resolve()
    this.#emptied = undefined
  }
}
