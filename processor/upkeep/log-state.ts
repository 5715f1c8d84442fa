import { deadLetterTopicOf, type TopicNames } from '#domain/topics.ts'
import type { Bounds, Log } from '#log/log.ts'
import { within } from '#platform/deadline.ts'
import { GROUPS } from '../groups.ts'

/** The consumer groups of all processors, also of those that no process runs, and the dead letters. */
export interface LogState {
  groups: readonly GroupState[]
  deadLetters: readonly DeadLetterState[]
}

export interface GroupState {
  group: string
  topic: string
  members: number
  /** Messages after the group's next offset, by partition. */
  lags: readonly number[]
}

export interface DeadLetterState {
  topic: string
  /** Messages that the topic still keeps. */
  messages: number
}

const LIMIT_MS = 2_000

/** Asks the log about every group. Rejects if it does not respond in time. */
export function readLogState(log: Log, topics: TopicNames): Promise<LogState> {
  const groups = Object.values(GROUPS).map(({ name, topic }) => groupState(log, name, topics[topic]))
  const dead = [...new Set(Object.values(topics))].map((topic) => deadLetterState(log, deadLetterTopicOf(topic)))
  const state = Promise.all([Promise.all(groups), Promise.all(dead)])
  const late = () => new Error(`no response within ${LIMIT_MS / 1000} s`)
  return within(LIMIT_MS, state, late).then(([groups, deadLetters]) => ({ groups, deadLetters }))
}

async function groupState(log: Log, group: string, topic: string): Promise<GroupState> {
  const [members, committed, bounds] = await Promise.all([
    log.members(group),
    log.committed(group, topic),
    log.bounds(topic),
  ])
  const lags = bounds.map(({ first, end }, partition) => end - Math.max(first, committed[partition] ?? first))
  return { group, topic, members, lags }
}

const deadLetterState = async (log: Log, topic: string): Promise<DeadLetterState> => ({
  topic,
  messages: sum((await log.bounds(topic)).map(({ first, end }: Bounds) => end - first)),
})

/** A sentence for each group without members and for each topic with dead letters. */
export function warningsOf({ groups, deadLetters }: LogState): string[] {
  const deserted = groups.filter(({ members }) => members === 0)
  const filled = deadLetters.filter(({ messages }) => messages > 0)
  return [
    ...deserted.map(({ group, lags }) => `the group ${group} has no members and lags by ${messages(sum(lags))}`),
    ...filled.map(({ topic, messages: count }) => `${topic} has ${messages(count)}`),
  ]
}

const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
