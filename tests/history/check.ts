import { decodeCommand } from '#domain/dialects/registry.ts'
import { TOPICS } from '#domain/topics.ts'
import type { Message } from '#log/log.ts'
import { received } from '#processor/received.ts'
import { checkDecisions, deadLetterFaults, unanswered } from '#processor/simulation/check-decisions.ts'
import { everyMessage } from '#processor/simulation/evidence.ts'
import { checkSinks } from '#processor/simulation/check-sinks.ts'
import { type Evidence, firstEvents, type FirstEvents } from '#processor/simulation/evidence.ts'
import type { Doc } from '#store/store.ts'
import { acknowledgedFaults, orderFaults, sameAnswerFaults } from './check-history.ts'
import type { Sample, World } from './world.ts'

/**
 * Compares the answers of clients with the log and the store, after all work is done. The simulation uses the same checks
 * of the log and the store.
 * @returns a sentence for each violation of I1 to I11
 */
export function check(world: World): string[] {
  const evidence = evidenceOf(world)
  const first = firstEvents(evidence)
  return [
    ...acknowledgedFaults(world.history, first.events),
    ...sameAnswerFaults(world.history, first.events),
    ...orderFaults(world.history, first.events),
    ...checkDecisions(evidence, first),
    ...checkSinks(evidence, first),
    ...inputFaults(evidence, first),
    ...offsetFaults(world),
  ]
}

const evidenceOf = ({ topics, documents }: World): Evidence => ({
  partition: (topic, partition) => topics[topic]?.[partition] ?? [],
  all: <T extends Doc>(collection: string) => (documents[collection] ?? []) as T[],
  oneOf: (partitions) => partitions[0]!,
})

/** I10: every input ends either as a result or as a dead letter, and every result has its input. */
function inputFaults(evidence: Evidence, first: FirstEvents): string[] {
  const unreadable: Message[] = []
  const commandAt = new Map<string, string>()
  for (const message of everyMessage(evidence, TOPICS.requests)) {
    const id = commandIdIn(message)
    if (id === undefined) unreadable.push(message)
    else commandAt.set(placeOf(message), id)
  }
  return [
    ...unanswered(first, commandAt.values()).map((id) => `I10 an input has no result: ${id}`),
    ...first.events
      .filter(({ event: { command } }) => commandAt.get(placeOf(command)) !== command.id)
      .map(({ event }) => `I10 a result has no input: ${event.id}`),
    ...deadLetterFaults(evidence, TOPICS.requests, unreadable),
    ...deadLetterFaults(evidence, TOPICS.bookings, []),
  ]
}

const placeOf = ({ partition, offset }: { partition: number; offset: number }): string => `${partition}/${offset}`

function commandIdIn(message: Message): string | undefined {
  try {
    return decodeCommand(received(message)).id
  } catch {
    return undefined
  }
}

/** I11: committed offsets never go back and never exceed the end of the partition. */
function offsetFaults({ committed, topics }: World): string[] {
  const faults: string[] = []
  const latest = new Map<string, Sample>()
  for (const sample of committed) {
    const { group, topic, offsets } = sample
    const before = latest.get(`${group} ${topic}`)?.offsets ?? []
    for (const [partition, offset] of offsets.entries()) {
      const where = `${group} ${topic}/${partition}`
      const last = topics[topic]?.[partition]?.at(-1)?.offset ?? -1
      if (offset < (before[partition] ?? -1)) faults.push(`I11 an offset went back: ${where} ${offset}`)
      if (offset > last + 1) faults.push(`I11 an offset exceeds its partition: ${where} ${offset}`)
    }
    latest.set(`${group} ${topic}`, sample)
  }
  return faults
}
