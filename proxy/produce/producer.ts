import { LogError, MAX_MESSAGE_BYTES, type Bytes, type Log, type LogErrorCode } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { pause } from '#log/pause.ts'
import type { Account } from '../accounts/account.ts'
import { LOG_LIMIT_MS } from '../upkeep/patient-log.ts'
import type { Produced } from './read-messages.ts'
import { hasCode, Problem, problemOf } from '../http/errors.ts'
import type { Topics } from '../topics.ts'

export interface Metadata {
  topic: string
  partition: number
  offset: number
  timestamp: number
}

/** What became of a message of a batch that was not written as a whole. */
type Fate = Metadata | { topic: string; partition: number; error: string; written: 'no' | 'perhaps' }

type Placed = Produced & { partition: number }

/** Messages of one partition, with their places in the request. The log writes all of them or none. */
interface Group {
  messages: Placed[]
  places: number[]
}

const ROOM_PAUSE_MS = 20

/** Sends what requests bear: checked as a whole, grouped by partition, and each message's fate told. */
export class Produce {
  readonly #log: Log
  readonly #topics: Topics
  readonly #roomMs: number
  #turn = 0

  /** @param roomMs how long the rest of a batch waits for room */
  constructor(log: Log, topics: Topics, roomMs = LOG_LIMIT_MS) {
    this.#log = log
    this.#topics = topics
    this.#roomMs = roomMs
  }

  /** In the order of the messages. Whatever is wrong with one of them is found before any of them is sent. */
  async send(account: Account, messages: readonly Produced[]): Promise<Metadata[]> {
    this.#topics.refuseIfGone()
    this.#turn++
    for (const message of messages) {
      account.require('produce', message.topic)
      const count = this.#topics.known(message.topic) ?? (await this.#count(account, message))
      message.partition = placeOf(message, count, this.#turn)
      if (!(message.partition >= 0 && message.partition < count)) await this.#checkPlace(account, message)
    }
    const placed = messages as readonly Placed[]
    if (isOneGroup(placed)) return told(placed, await this.#log.send(placed))
    for (const message of placed) checkSize(message)
    return this.#sendGroups(placed)
  }

  #count(account: Account, { topic }: Produced): Promise<number> {
    return this.#topics.partitions(account, 'produce', topic)
  }

  /** It may have been made just now. */
  #checkPlace(account: Account, { topic, partition }: Produced): Promise<void> {
    return this.#topics.check(account, 'produce', [{ topic, partition: partition! }])
  }

  async #sendGroups(messages: readonly Placed[]): Promise<Metadata[]> {
    const groups = grouped(messages)
    const until = performance.now() + this.#roomMs
    let settled = await this.#settle(groups)
    // Part of it is on its way, or all of it is refused: what found no room waits for some rather than to tear the batch.
    while (settled.some(isWritten) && settled.some(isOverloaded) && performance.now() < until) {
      await pause(ROOM_PAUSE_MS, new AbortController().signal)
      const again = await this.#settle(groups.filter((_, i) => isOverloaded(settled[i]!)))
      settled = settled.map((result) => (isOverloaded(result) ? again.shift()! : result))
    }
    return fatesOf(messages, groups, settled)
  }

  #settle(groups: readonly Group[]): Promise<PromiseSettledResult<Metadata[]>[]> {
    return Promise.allSettled(groups.map(async ({ messages }) => told(messages, await this.#log.send(messages))))
  }
}

/** As every Kafka client has it; without a key, all messages of a request go together. */
const placeOf = ({ partition, key }: Produced, count: number, turn: number): number =>
  partition ?? (key == null ? turn % count : partitionOf(key, count))

const told = (messages: readonly Placed[], positions: { topic: string; partition: number; offset: number }[]) =>
  positions.map(({ topic, partition, offset }, i) => ({
    topic,
    partition,
    offset,
    timestamp: messages[i]!.timestamp,
  }))

function isOneGroup(messages: readonly Placed[]): boolean {
  const { topic, partition } = messages[0]!
  return messages.every((message) => message.partition === partition && message.topic === topic)
}

function grouped(messages: readonly Placed[]): Group[] {
  const groups = new Map<string, Group>()
  for (const [i, message] of messages.entries()) {
    const name = `${message.partition}/${message.topic}`
    const group = groups.get(name) ?? { messages: [], places: [] }
    groups.set(name, group)
    group.messages.push(message)
    group.places.push(i)
  }
  return [...groups.values()]
}

type Settled = PromiseSettledResult<Metadata[]>

const isWritten = ({ status }: Settled): boolean => status === 'fulfilled'
const isOverloaded = (result: Settled): boolean => result.status === 'rejected' && hasCode(result.reason, 'overloaded')

/** All of it written; else a problem that tells what became of each. */
function fatesOf(messages: readonly Placed[], groups: readonly Group[], settled: readonly Settled[]): Metadata[] {
  const fates = Array.from<Fate>({ length: messages.length })
  for (const [g, { messages, places }] of groups.entries()) {
    const result = settled[g]!
    for (const [i, place] of places.entries()) {
      fates[place] = result.status === 'fulfilled' ? result.value[i]! : fateOf(messages[i]!, result.reason)
    }
  }
  const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length === 0) return fates as Metadata[]
  throw tornProblem(fates, errors)
}

/** When nothing at all was written, what the log said of it; else a 504: to send all of it again would double some. */
function tornProblem(fates: readonly Fate[], errors: readonly unknown[]): Problem {
  const unwritten = fates.filter((fate) => 'error' in fate)
  const { status, message, headers } = problemOf(errors.find(mayBeWritten) ?? errors[0])
  if (unwritten.length === fates.length) return new Problem(status, message, headers, { messages: fates })
  const error = `${unwritten.length} of ${fates.length} messages were not written, or perhaps: ${message}`
  return new Problem(504, error, headers, { messages: fates })
}

function fateOf({ topic, partition }: Placed, error: unknown): Fate {
  return { topic, partition, error: problemOf(error).message, written: mayBeWritten(error) ? 'perhaps' : 'no' }
}

const UNWRITTEN = new Set<LogErrorCode>(['overloaded', 'invalid', 'too_large', 'not_found', 'unavailable', 'closed'])

const mayBeWritten = (error: unknown): boolean => !(error instanceof LogError && UNWRITTEN.has(error.code))

function checkSize({ key, value, headers = [] }: Placed): void {
  const own = sizeOf(key) + sizeOf(value)
  const size = headers.reduce((sum, [name, value]) => sum + sizeOf(name) + sizeOf(value), own)
  if (size <= MAX_MESSAGE_BYTES) return
  throw new LogError('too_large', `a message has ${MAX_MESSAGE_BYTES} bytes at most, this one ${size}`)
}

const sizeOf = (bytes: string | Bytes | null | undefined): number => (bytes == null ? 0 : Buffer.byteLength(bytes))
