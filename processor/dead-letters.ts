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

/**
 * The original bytes, untouched; why, for whom, where and how often in headers. A message that was sent on its way again, and is
 * dead again, says so of its last way only, and has one attempt more.
 */
export function deadLetterOf({ message, reason }: Poison, group: string): Outgoing {
  const told: [name: string, value: string][] = [
    ['x-error-reason', reason.slice(0, MAX_REASON)],
    ['x-error-group', group],
    ['x-original-topic', message.topic],
    ['x-original-partition', String(message.partition)],
    ['x-original-offset', String(message.offset)],
    ['x-attempts', String(attemptsOf(message) + 1)],
  ]
  const names = new Set(told.map(([name]) => name))
  return {
    topic: deadLetterTopicOf(message.topic),
    partition: message.partition,
    key: message.key,
    value: message.value,
    headers: [...message.headers.filter(([name]) => !names.has(name)), ...told],
  }
}

/** How often it has been a dead letter already, by its own headers. What cannot be understood is tried once each time. */
function attemptsOf({ headers }: Message): number {
  const bytes = headers.findLast(([name]) => name === 'x-attempts')?.[1]
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
  return /^\d{1,6}$/.test(text) ? Number(text) : 0
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
