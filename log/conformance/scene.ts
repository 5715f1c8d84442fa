import { describe, onTestFinished, test } from 'vitest'
import type { Bytes, Handler, Log, Message, NewTopic, RunOptions, Running } from '#log/log.ts'
import type { QueueLimit } from '#log/outgoing.ts'

/** What a driver gives the suite. */
export interface Harness {
  log: Log
  /** Closes the log and opens another on the same data. */
  reopen(): Promise<Log>
  /** Closes the log and removes its data. */
  dispose(): Promise<void>
  /** Only for a log that cannot create topics itself. */
  createTopics?(topics: readonly NewTopic[]): Promise<void>
}

export type Open = (options: { queueLimit?: QueueLimit }) => Promise<Harness>

/** Abilities that a driver may lack. Each gap needs a reason, which the suite prints in the title of the skipped case. */
export type Ability =
  | 'bytes'
  | 'tombstones'
  | 'createTopics'
  | 'setOffsets'
  | 'members'
  | 'overload'
  | 'maxSend'
  | 'fencing'
  | 'owned'
  | 'parallel'
export type Lacks = Partial<Record<Ability, string>>

/** The log and names of one case. The names are unique, so that cases may share a server. */
export interface Scene extends Harness {
  topic: string
  group: string
  /** Creates another topic. */
  newTopic: (partitions: number) => Promise<string>
}

export interface CaseOptions {
  needs?: Ability
  /** Number of partitions of `topic`. */
  partitions?: number
  queueLimit?: QueueLimit
}

export type Check = (title: string, options: CaseOptions, body: (scene: Scene) => Promise<void>) => void

/** One case of the suite. It is skipped with the driver's reason if the driver lacks the needed ability. */
export function checkWith(open: Open, lacks: Lacks): Check {
  return (title, options, body) => {
    const reason = options.needs && lacks[options.needs]
    if (reason !== undefined) return test.skip(`${title} (lacks ${options.needs}: ${reason})`)
    test(title, async () => body(await openScene(open, options)))
  }
}

export const about = (what: string, cases: () => void): void => void describe(what, cases)

let namesMade = 0
const unique = (what: string): string => `${what}-${process.pid}-${Date.now().toString(36)}-${namesMade++}`

async function openScene(open: Open, { partitions = 3, queueLimit }: CaseOptions): Promise<Scene> {
  const harness = await open(queueLimit ? { queueLimit } : {})
  onTestFinished(() => harness.dispose())
  const newTopic = async (count: number): Promise<string> => {
    const topic = unique('topic')
    const topics = [{ topic, partitions: count }]
    await (harness.createTopics?.(topics) ?? harness.log.createTopics(topics))
    return topic
  }
  return { ...harness, newTopic, topic: await newTopic(partitions), group: unique('group') }
}

const WAIT_MS = 15_000

/** Waits until a condition holds. Throws an error that names the condition after `limitMs`. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = WAIT_MS): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`gave up after ${limitMs} ms: not reached: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const decoder = new TextDecoder()
export const textOf = (bytes: Bytes | null): string | null => (bytes === null ? null : decoder.decode(bytes))
export const valuesOf = (messages: readonly Message[]): (string | null)[] => messages.map(({ value }) => textOf(value))

/** Reads a partition from an offset until it has `count` messages. */
export async function readAll(log: Log, topic: string, partition: number, count: number): Promise<Message[]> {
  const messages: Message[] = []
  await until(`${topic}/${partition} has ${count} messages`, async () => {
    const offset = messages.length
    if (offset < count) messages.push(...(await log.read({ topic, partition, offset }, count - offset, 100)))
    return messages.length >= count
  })
  return messages
}

export interface Reader extends Running {
  /** Every delivered message, redeliveries included. */
  seen: Message[]
  values(): (string | null)[]
}

/** A member that records its messages. By default it commits them. */
export async function startReader(log: Log, options: RunOptions, handle: Handler = commitAll): Promise<Reader> {
  const seen: Message[] = []
  const running = await log.run(options, async (batch, lease) => {
    seen.push(...batch.messages)
    await handle(batch, lease)
  })
  return { seen, values: () => valuesOf(seen), close: (graceMs) => running.close(graceMs) }
}

export const commitAll: Handler = ({ messages }, lease) => lease.commit(messages.at(-1)!.offset)

/** Resolves, but leaves the messages uncommitted. */
export const commitNothing: Handler = () => Promise.resolve()

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `value ${i}`)
