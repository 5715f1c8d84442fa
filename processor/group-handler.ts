import { type Handler, type Lease, LogError, type Message } from '#log/log.ts'
import { pause as pauseUntil } from '#platform/deadline.ts'
import { StoreError } from '#store/store.ts'
import { decodeBatch, reasonOf, type SendDeadLetters } from './dead-letters.ts'

/** What a message held, and where it was read. */
export interface Located<T> {
  content: T
  message: Message
}

export interface GroupHandlerOptions<T> {
  /** Throws for a message that cannot be read; `undefined` means that the group has no use for it. */
  decode: (message: Message) => T | undefined
  /** The whole work on one batch. It may be repeated, for the batch and for any message in it. */
  work: (located: Located<T>[], partition: number) => Promise<void>
  deadLetters: SendDeadLetters
  /** Ends early when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Of one message by itself, after its batch has failed. */
const MAX_ATTEMPTS = 4

/** Doubled after each attempt. */
const PAUSE_MS = 100

/**
 * The one shape of a group with a sink: decode, dead letters for what cannot be read, work, commit. When the work fails, each
 * message is handled by itself, so that one that always fails ends as a dead letter and the others go on. An outage is no
 * message's fault: the batch is thrown, and the log brings it again.
 */
export function groupHandler<T>({ decode, work, deadLetters, pause = pauseUntil }: GroupHandlerOptions<T>): Handler {
  async function handleOne(one: Located<T>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await work([one], one.message.partition)
      } catch (error) {
        if (isOutage(error)) throw error
        if (attempt === MAX_ATTEMPTS) {
          return await deadLetters([{ message: one.message, cause: 'failing', reason: reasonOf(error) }])
        }
        await pause(PAUSE_MS * 2 ** (attempt - 1), signal)
      }
    }
  }

  /** The last message that was handled by itself and committed: a batch that comes again goes on behind it. */
  const isolated = new WeakMap<Lease, number>()

  return async ({ messages, partition }, lease) => {
    const last = isolated.get(lease) ?? -1
    const { decoded, unreadable } = decodeBatch(
      messages.filter(({ offset }) => offset > last),
      decode,
    )
    await deadLetters(unreadable)
    try {
      await work(decoded, partition)
    } catch (error) {
      if (isOutage(error)) throw error
      for (const one of decoded) {
        await handleOne(one, lease.signal)
        await lease.commit(one.message.offset)
        isolated.set(lease, one.message.offset)
      }
    }
    await lease.commit(Math.max(last, messages.at(-1)!.offset))
  }
}

/** The log or the store cannot be reached, or its answer was lost; what it refuses as such is the message's fault. */
const isOutage = (error: unknown): boolean =>
  (error instanceof LogError || error instanceof StoreError) && !REFUSALS.has(error.code)

const REFUSALS = new Set<string>(['invalid', 'too_large'])
