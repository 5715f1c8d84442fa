import { LogError } from '#log/log.ts'
import type { ResetReason, Start } from './replay.ts'
import { distance, replay, type ReplayDeps, startOf } from './replay.ts'
import type { Audience } from './entry.ts'
import { encodeFrames, encodeItems, type Frame } from './frame.ts'
import type { Delivery, Joined, LogTail, Subscriber } from './log-tail.ts'
import type { Outbox } from './outbox.ts'
import { formatId } from './position.ts'

export interface EventStreamDeps {
  tail: LogTail
  replayed: ReplayDeps
  /** Milliseconds after which the client reconnects. */
  retryMs: number
  /** Bytes that wait in memory while the client reads what it missed. */
  heldBytes: number
  report: (error: unknown) => void
}

/** Bytes of a replay that wait for the client before more of the log is read. */
const REPLAY_AHEAD_BYTES = 64 * 1024

/** One open stream: what its client missed, and then what happens. */
export class EventStream implements Subscriber {
  readonly audience: Audience
  readonly #outbox: Outbox
  readonly #deps: EventStreamDeps
  #joined: Joined | undefined
  #start: Start | undefined
  /** What happens while the client still reads what it missed. */
  #held: Delivery[] = []
  #heldBytes = 0
  #isLive = false
  /** The id of the position up to which the client has everything, before the stream is live. */
  #id = ''

  constructor(audience: Audience, outbox: Outbox, deps: EventStreamDeps) {
    this.audience = audience
    this.#outbox = outbox
    this.#deps = deps
  }

  /**
   * Joins the tail, and finds where to begin.
   * @returns the number of messages to replay
   */
  async open(lastEventId: string | undefined): Promise<number> {
    const joined = await this.#deps.tail.join(this)
    this.#joined = joined
    if (this.#outbox.isEnded) this.leave()
    this.#start = await startOf(lastEventId, joined, this.#deps.replayed)
    return distance(this.#start.vector, joined.position)
  }

  /** Sends the frames until the stream ends. Call it once, after {@link open}. */
  async run(): Promise<void> {
    try {
      this.#begin(this.#start!.reset)
      await this.#replay()
      this.#goLive()
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'closed')) this.#deps.report(error)
      this.#outbox.end()
    }
  }

  heartbeat(): void {
    const id = this.#isLive ? this.#joined!.currentId() : this.#id
    this.#send([{ event: 'heartbeat', data: '', id, retry: this.#deps.retryMs }])
  }

  take(delivery: Delivery): void {
    if (!this.#isLive) return this.#hold(delivery)
    // The client has it from another process, whose tail is ahead of this one.
    if (delivery.offset < this.#start!.vector[delivery.partition]!) return
    this.#outbox.write(delivery.bytes)
  }

  fail(): void {
    this.#outbox.end()
  }

  leave(): void {
    this.#joined?.leave()
    this.#held = []
  }

  #begin(reset: ResetReason | undefined): void {
    this.#id = this.#idOf(this.#start!.vector)
    const mark = { id: this.#id, retry: this.#deps.retryMs }
    const open = { event: 'open', data: '', ...mark }
    this.#send(reset ? [{ event: 'reset', data: JSON.stringify({ reason: reset }), ...mark }, open] : [open])
  }

  async #replay(): Promise<void> {
    const missed = replay(this.audience, this.#start!.vector, this.#joined!.position, this.#deps.replayed)
    for await (const { vector, items } of missed) {
      if (this.#outbox.isEnded) return
      this.#id = this.#idOf(vector)
      this.#outbox.write(encodeItems(items, this.#id))
      if (this.#outbox.bytes > REPLAY_AHEAD_BYTES) await this.#outbox.emptied()
    }
  }

  #goLive(): void {
    this.#isLive = true
    for (const delivery of this.#held.splice(0)) this.take(delivery)
  }

  #hold(delivery: Delivery): void {
    this.#heldBytes += delivery.bytes.length
    if (this.#heldBytes > this.#deps.heldBytes) return this.#outbox.end()
    this.#held.push(delivery)
  }

  #idOf(vector: readonly number[]): string {
    return formatId(vector, this.#joined!.identity.tagOf(vector))
  }

  #send(frames: readonly Frame[]): void {
    this.#outbox.write(encodeFrames(frames))
  }
}
