import { type Handler, type Lease, LogError, type Message } from '#log/log.ts'
import { pause as pauseUntil } from '#platform/deadline.ts'
import { StoreError } from '#store/store.ts'
import { decodeBatch, reasonOf, type SendDeadLetters } from './dead-letters.ts'

/** The decoded content of a message, with the message. */
export interface Located<T> {
  content: T
  message: Message
}

export interface GroupHandlerOptions<T> {
  /** Throws for an unreadable message; returns `undefined` for a message that the group ignores. */
  decode: (message: Message) => T | undefined
  /** Handles one batch. It may run again, for the whole batch or for any of its messages. */
  work: (located: Located<T>[], partition: number) => Promise<void>
  deadLetters: SendDeadLetters
  /** Ends early when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The attempts for a single message, after its batch has failed. */
const MAX_ATTEMPTS = 4

/** The pause after the first attempt; it doubles after each further one. */
const PAUSE_MS = 100

/**
 * The handler of every group with a sink: decode, send unreadable messages to the dead letters, work, commit. If the work fails,
 * each message is handled alone, so that a message that always fails becomes a dead letter and does not block the others. An
 * outage is not the fault of a message: the handler throws, and the log delivers the batch again.
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

  /** The offset of the last message that was handled alone and committed. A repeated batch continues after it. */
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

/** The log or the store is unreachable, or its response was lost. A refusal is the fault of the message instead. */
const isOutage = (error: unknown): boolean =>
  (error instanceof LogError || error instanceof StoreError) && !REFUSALS.has(error.code)

const REFUSALS = new Set<string>(['invalid', 'too_large'])
