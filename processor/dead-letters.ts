import { ZodError } from 'zod'
import { deadLetterTopicOf } from '#domain/topics.ts'
import { type Log, MAX_SEND, type Message, type Outgoing } from '#log/log.ts'

/** A message that no attempt will ever understand, and why. */
export interface Poison {
  message: Message
  reason: string
}

/** Longest reason that is kept; a header should stay readable. */
const MAX_REASON = 500

/** The original bytes, untouched; why, where and for whom in headers. */
export function deadLetterOf({ message, reason }: Poison, group: string): Outgoing {
  return {
    topic: deadLetterTopicOf(message.topic),
    partition: message.partition,
    key: message.key,
    value: message.value,
    headers: [
      ...message.headers,
      ['x-error-reason', reason.slice(0, MAX_REASON)],
      ['x-error-group', group],
      ['x-original-topic', message.topic],
      ['x-original-partition', String(message.partition)],
      ['x-original-offset', String(message.offset)],
    ],
  }
}

/** Before the batch is committed, so that none is lost; a batch that is repeated repeats them. */
export async function sendDeadLetters(log: Log, group: string, poison: readonly Poison[]): Promise<void> {
  for (let i = 0; i < poison.length; i += MAX_SEND) {
    await log.send(poison.slice(i, i + MAX_SEND).map((p) => deadLetterOf(p, group)))
  }
}

/** Decodes what can be decoded; the rest is poison with its reason. `undefined` from `decode` means: not for us. */
export function sift<T>(messages: readonly Message[], decode: (message: Message) => T | undefined) {
  const good: { message: Message; content: T }[] = []
  const poison: Poison[] = []
  for (const message of messages) {
    try {
      const content = decode(message)
      if (content !== undefined) good.push({ message, content })
    } catch (error) {
      poison.push({ message, reason: reasonOf(error) })
    }
  }
  return { good, poison }
}

/** For people: one line, each fault with its place. */
function reasonOf(error: unknown): string {
  if (error instanceof ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
