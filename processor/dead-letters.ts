import { ZodError } from 'zod'
import { deadLetterTopicOf } from '#domain/topics.ts'
import { type Log, MAX_SEND, type Message, type Outgoing, type Position } from '#log/log.ts'

/** A message that its group cannot handle, and the reason. */
export interface Poison {
  message: Message
  cause: DeadLetterCause
  /** For operators. */
  reason: string
}

/** `unreadable`: it cannot be decoded. `failing`: every attempt to handle it failed. */
export type DeadLetterCause = 'unreadable' | 'failing'

/** A dead letter that the log has acknowledged. */
export interface DeadLetter extends Position {
  group: string
  cause: DeadLetterCause
  reason: string
}

/** Sends the dead letters of one group. Resolves when the log has them. A repeated batch sends them again. */
export type SendDeadLetters = (poison: readonly Poison[]) => Promise<void>

/** Longer reasons are cut, so that the header stays readable. */
const MAX_REASON = 500

/**
 * Keeps the original key, value and headers, and adds headers for the reason, the group, the position and the number of attempts.
 * If a redriven message fails again, the headers describe the last attempt, and `x-attempts` grows by one.
 */
export function deadLetterOf({ message, reason }: Poison, group: string): Outgoing {
  const added: [name: string, value: string][] = [
    ['x-error-reason', reason.slice(0, MAX_REASON)],
    ['x-error-group', group],
    ['x-original-topic', message.topic],
    ['x-original-partition', String(message.partition)],
    ['x-original-offset', String(message.offset)],
    ['x-attempts', String(attemptsOf(message) + 1)],
  ]
  const names = new Set(added.map(([name]) => name))
  return {
    topic: deadLetterTopicOf(message.topic),
    partition: message.partition,
    key: message.key,
    value: message.value,
    headers: [...message.headers.filter(([name]) => !names.has(name)), ...added],
  }
}

/** The number of times that the message was a dead letter, according to its headers. */
function attemptsOf({ headers }: Message): number {
  const bytes = headers.findLast(([name]) => name === 'x-attempts')?.[1]
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
  return /^\d{1,6}$/.test(text) ? Number(text) : 0
}

/** @param report receives each dead letter once the log has it */
export function deadLettersOf(
  log: Log,
  group: string,
  report: (letter: DeadLetter) => void = () => {},
): SendDeadLetters {
  return async (poison) => {
    for (let i = 0; i < poison.length; i += MAX_SEND) {
      const chunk = poison.slice(i, i + MAX_SEND)
      await log.send(chunk.map((one) => deadLetterOf(one, group)))
      for (const { message, cause, reason } of chunk) {
        const { topic, partition, offset } = message
        report({ group, topic, partition, offset, cause, reason })
      }
    }
  }
}

/** Decodes a batch. A message is unreadable if `decode` throws, and ignored if `decode` returns `undefined`. */
export function decodeBatch<T>(messages: readonly Message[], decode: (message: Message) => T | undefined) {
  const decoded: { message: Message; content: T }[] = []
  const unreadable: Poison[] = []
  for (const message of messages) {
    try {
      const content = decode(message)
      if (content !== undefined) decoded.push({ message, content })
    } catch (error) {
      unreadable.push({ message, cause: 'unreadable', reason: reasonOf(error) })
    }
  }
  return { decoded, unreadable }
}

/** One line for operators that names the path of each fault. */
export function reasonOf(error: unknown): string {
  if (error instanceof ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
