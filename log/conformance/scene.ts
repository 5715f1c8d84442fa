import { describe, onTestFinished, test } from 'vitest'
import type { Bytes, Handler, Log, Message, NewTopic, RunOptions, Running } from '#log/log.ts'
import type { QueueLimit } from '#log/outgoing.ts'

/** What a driver brings to the suite. */
export interface Harness {
  log: Log
  /** Closes the log and opens another on the same data. */
  reopen(): Promise<Log>
  /** Closes whatever is open and removes what was made for it. */
  dispose(): Promise<void>
  /** For a log that cannot make topics itself. */
  createTopics?(topics: readonly NewTopic[]): Promise<void>
}

export type Open = (options: { queueLimit?: QueueLimit }) => Promise<Harness>

/** What a driver may lack. Each gap needs a reason, which the suite prints in place of the case. */
export type Ability =
  | 'bytes'
  | 'tombstones'
  | 'createTopics'
  | 'setOffsets'
  | 'overload'
  | 'fencing'
  | 'owned'
  | 'parallel'
export type Lacks = Partial<Record<Ability, string>>

/** What a case works with. Names are its own, so that cases may share one server. */
export interface Scene extends Harness {
  topic: string
  group: string
  /** Makes another topic. */
  newTopic: (partitions: number) => Promise<string>
}

export interface CaseOptions {
  needs?: Ability
  /** Of the topic that is there from the start. */
  partitions?: number
  queueLimit?: QueueLimit
}

export type Check = (title: string, options: CaseOptions, body: (scene: Scene) => Promise<void>) => void

/** One case of the suite, skipped with the driver's reason where it lacks what the case needs. */
export function checkWith(open: Open, lacks: Lacks): Check {
  return (title, options, body) => {
    const reason = options.needs && lacks[options.needs]
    if (reason !== undefined) return test.skip(`${title} (lacks ${options.needs}: ${reason})`)
    test(title, async () => body(await setScene(open, options)))
  }
}

export const about = (what: string, cases: () => void): void => void describe(what, cases)

let made = 0
const unique = (what: string): string => `${what}-${process.pid}-${Date.now().toString(36)}-${made++}`

async function setScene(open: Open, { partitions = 3, queueLimit }: CaseOptions): Promise<Scene> {
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

/** Waits until a condition holds, and fails with what it waited for when it never does. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = WAIT_MS): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
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
  /** Everything that was handed over, repetitions too. */
  seen: Message[]
  values(): (string | null)[]
}

/** A member that remembers what it is given, and commits it unless it has a handler of its own. */
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
