import type { Handler, Lease, Message } from '#log/log.ts'
import { failureOf, isOutage, type Pause } from './attempts.ts'
import { decodeBatch, type Poison, reasonOf, type SendDeadLetters } from './dead-letters.ts'
import { HandledOffsets } from './handled-offsets.ts'

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
  pause?: Pause
}

/**
 * The handler of every group with a sink: decode, work, send the dead letters, commit. If the work fails, each message is handled
 * alone, so that a message that always fails becomes a dead letter and does not block the others. An outage is not the fault of a
 * message: the handler throws, and the log delivers the batch again. Dead letters follow the work, so that repeated batches do
 * not multiply them.
 */
export function groupHandler<T>({ decode, work, deadLetters, pause }: GroupHandlerOptions<T>): Handler {
  const handled = new HandledOffsets()

  async function handleAlone(message: Message, lease: Lease): Promise<void> {
    const { decoded, unreadable } = decodeBatch([message], decode)
    const failing = await failingOf(decoded, lease.signal)
    await deadLetters([...unreadable, ...failing])
    await handled.commit(message.offset, lease)
  }

  /** The message, if every attempt to handle it fails. */
  async function failingOf([one]: Located<T>[], signal: AbortSignal): Promise<Poison[]> {
    if (!one) return []
    const { message } = one
    const failure = await failureOf(() => work([one], message.partition), signal, pause)
    return failure ? [{ message, cause: 'failing', reason: reasonOf(failure.error) }] : []
  }

  return async ({ messages, partition }, lease) => {
    const remaining = handled.remaining(messages, lease)
    const { decoded, unreadable } = decodeBatch(remaining, decode)
    try {
      await work(decoded, partition)
    } catch (error) {
      if (isOutage(error)) throw error
      for (const message of remaining) await handleAlone(message, lease)
      return
    }
    await deadLetters(unreadable)
    await handled.commit(messages.at(-1)!.offset, lease)
  }
}
