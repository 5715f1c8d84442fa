import { ZodError } from 'zod'
import { deadLetterTopicOf } from '#domain/topics.ts'
import { REQUEST_ID, Trace } from '#domain/trace.ts'
import {
  type Log,
  LogError,
  type LogErrorCode,
  MAX_MESSAGE_BYTES,
  MAX_SEND,
  type Message,
  type Outgoing,
  type Position,
} from '#log/log.ts'
import { messageBytes } from '#log/message-size.ts'

/** A message that its group cannot handle, and the reason. */
export interface Poison {
  message: Message
  cause: DeadLetterCause
  /** For operators. */
  reason: string
}

/** `unreadable`: it cannot be decoded. `unauthentic`: it is not signed as it must be. `failing`: every attempt to handle it failed. */
export type DeadLetterCause = 'unreadable' | 'unauthentic' | 'failing'

/** Thrown by `decode` for a message whose signature is missing or invalid. */
export class Unauthentic extends Error {
  override name = 'Unauthentic'
}

/** A dead letter that the log has acknowledged. */
export interface DeadLetter extends Position {
  group: string
  cause: DeadLetterCause
  reason: string
  /** Of the request that the message belongs to, if it names one. */
  requestId: string | undefined
}

/** Sends the dead letters of one group. Resolves when the log has them. Call it after the work: a repeated batch sends them again. */
export type SendDeadLetters = (poison: readonly Poison[]) => Promise<void>

/** Longer reasons are cut, so that the header stays readable. */
const MAX_REASON = 500

/** What a dead letter omits until the log accepts it, in this order. */
const OMITTABLE = ['value', 'headers', 'key'] as const

/**
 * Keeps the original key, value and headers, and adds headers for the reason, the group, the position and the number of attempts.
 * If a redriven message fails again, the headers describe the last attempt, and `x-attempts` grows by one.
 *
 * A letter above {@link MAX_MESSAGE_BYTES}, or above what its topic accepts, omits the value, and headers and key if necessary. `x-value-omitted` has the bytes of
 * the value; the original stays readable at its position.
 */
export const deadLetterOf = (poison: Poison, group: string): Outgoing => lettersOf(poison, group)[0]!

/** The dead letter, and shorter ones for a topic that refuses it. */
function lettersOf({ message, reason }: Poison, group: string): Outgoing[] {
  const added: Header[] = [
    ['x-error-reason', reason.slice(0, MAX_REASON)],
    ['x-error-group', group],
    ['x-original-topic', message.topic],
    ['x-original-partition', String(message.partition)],
    ['x-original-offset', String(message.offset)],
    ['x-attempts', String(attemptsOf(message) + 1)],
  ]
  const kept: Content = { ...message }
  const letters = [letterOf(message, kept, added)]
  for (const part of OMITTABLE) {
    added.push([`x-${part}-omitted`, String(messageBytes({ value: null, [part]: message[part] }))])
    Object.assign(kept, { [part]: EMPTY[part] })
    letters.push(letterOf(message, kept, added))
  }
  return letters.filter((letter) => messageBytes(letter) <= MAX_MESSAGE_BYTES)
}

type Header = [name: string, value: string]
type Content = Pick<Message, 'key' | 'value' | 'headers'>

const EMPTY: Content = { key: null, value: null, headers: [] }

function letterOf(
  { topic, partition }: Position,
  { key, value, headers }: Content,
  added: readonly Header[],
): Outgoing {
  const names = new Set(added.map(([name]) => name))
  const original = headers.filter(([name]) => !names.has(name))
  return { topic: deadLetterTopicOf(topic), partition, key, value, headers: [...original, ...added] }
}

/** The number of times that the message was a dead letter, according to its headers. */
function attemptsOf({ headers }: Message): number {
  const text = headerOf(headers, 'x-attempts')
  return /^\d{1,6}$/.test(text) ? Number(text) : 0
}

/** A foreign producer may write any bytes into this header. */
const requestIdOf = ({ headers }: Message): string | undefined =>
  Trace.shape.requestId.safeParse(headerOf(headers, REQUEST_ID)).data

function headerOf(headers: Message['headers'], name: string): string {
  const bytes = headers.findLast(([each]) => each === name)?.[1]
  return bytes ? Buffer.from(bytes).toString('latin1') : ''
}

/** @param report receives each dead letter once the log has it */
export function deadLettersOf(
  log: Log,
  group: string,
  report: (letter: DeadLetter) => void = () => {},
): SendDeadLetters {
  return async (poison) => {
    for (const chunk of chunksOf(poison, group)) {
      await sendAll(log, chunk, group).catch(nameTopic(chunk[0]!.letter.topic))
      for (const { message, cause, reason } of chunk) {
        const { topic, partition, offset } = message
        report({ group, topic, partition, offset, cause, reason, requestId: requestIdOf(message) })
      }
    }
  }
}

/** The partition is blocked until a person changes the topic of the dead letters or a right, so the error names that topic. */
const nameTopic =
  (topic: string) =>
  (error: unknown): never => {
    if (!(error instanceof LogError && BLOCKING.has(error.code))) throw error
    throw new LogError(error.code, `${topic} accepts no dead letter: ${error.message}`, { cause: error })
  }

/** The topic of the dead letters may accept less than the topic of the message. A refused letter must not stop the partition. */
async function sendAll(log: Log, chunk: readonly Addressed[], group: string): Promise<void> {
  const letters = await Promise.all(chunk.map(({ letter }) => placed(log, letter)))
  try {
    await log.send(letters)
  } catch (error) {
    if (!isRefusal(error)) throw error
    for (const one of chunk) await sendAlone(log, lettersOf(one, group))
  }
}

/** Sends the first letter that the log accepts; rejects if it refuses even the shortest. */
async function sendAlone(log: Log, [letter, ...shorter]: readonly Outgoing[]): Promise<void> {
  try {
    await log.send([await placed(log, letter!)])
  } catch (error) {
    if (!isRefusal(error) || shorter.length === 0) throw error
    await sendAlone(log, shorter)
  }
}

const isRefusal = (error: unknown): boolean => error instanceof LogError && REFUSALS.has(error.code)

/** Codes of the log that refuse a message for what it is. */
const REFUSALS: ReadonlySet<LogErrorCode> = new Set(['invalid', 'too_large'])

/** Codes of the log that do not end by themselves. */
const BLOCKING: ReadonlySet<LogErrorCode> = new Set([...REFUSALS, 'not_found', 'forbidden'])

/** In the partition of the original. The key chooses the partition if the dead letters have fewer partitions. */
async function placed(log: Log, letter: Outgoing): Promise<Outgoing> {
  const { partition, ...elsewhere } = letter
  return partition! < (await log.partitions(letter.topic)) ? letter : elsewhere
}

type Addressed = Poison & { letter: Outgoing }

/** A chunk has at most the bytes of one message, so that no limit of the log on a whole call rejects it. */
function* chunksOf(poison: readonly Poison[], group: string): Generator<Addressed[]> {
  let chunk: Addressed[] = []
  let bytes = 0
  for (const one of poison) {
    const letter = deadLetterOf(one, group)
    const size = messageBytes(letter)
    if (chunk.length === MAX_SEND || bytes + size > MAX_MESSAGE_BYTES) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push({ ...one, letter })
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

/** Decodes a batch. A message becomes poison if `decode` throws, and is ignored if `decode` returns `undefined`. */
export function decodeBatch<T>(messages: readonly Message[], decode: (message: Message) => T | undefined) {
  const decoded: { message: Message; content: T }[] = []
  const unreadable: Poison[] = []
  for (const message of messages) {
    try {
      const content = decode(message)
      if (content !== undefined) decoded.push({ message, content })
    } catch (error) {
      const cause = error instanceof Unauthentic ? 'unauthentic' : 'unreadable'
      unreadable.push({ message, cause, reason: reasonOf(error) })
    }
  }
  return { decoded, unreadable }
}

/** One line for operators that names the path of each fault. */
export function reasonOf(error: unknown): string {
  if (error instanceof ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  if (error instanceof Unauthentic) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
