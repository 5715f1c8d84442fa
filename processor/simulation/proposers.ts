import type { Command } from '#domain/command.ts'
import type { Handler } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { SILENT } from '#platform/log-line.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { deadLettersOf } from '../dead-letters.ts'
import { BILLING, createBilling } from '../proposers/billing/billing.ts'
import { type Propose, proposer } from '../proposers/propose.ts'
import { runRounds } from '../proposers/timer/rounds.ts'
import { TIMER } from '../proposers/timer/timer.ts'
import { createTimerSink } from '../proposers/timer/timers.ts'
import { eventHandler } from '../sinks/events.ts'
import { REQUESTS } from './clients.ts'
import { BOOKINGS } from './evidence.ts'
import { PARTITIONS, type SimulatedMember, type World } from './world.ts'

/** One member of a group that reads events and proposes commands. */
export interface ProposerMember {
  handle: Handler
  /** Of a proposer: since when it has worked on commands that it may still propose, by the clock of the world. */
  busySince?: () => number | undefined
}

/** The groups that propose commands. They run beside the deciders, which read what they write. */
export const PROPOSERS: Readonly<Record<string, (world: World, member: SimulatedMember) => ProposerMember>> = {
  [TIMER]: timerMember,
  [BILLING]: billingMember,
}

function timerMember(world: World, member: SimulatedMember): ProposerMember {
  const { scheduler } = world
  const [log, store] = [world.log(member), world.store(member)]
  const now = () => world.now
  let busySince: number | undefined = now()
  const untilDue = async (): Promise<void> => {
    busySince = undefined
    await scheduler.when(member, () => world.isDue(member.partition))
    busySince = now()
  }
  const events = { topic: BOOKINGS, group: TIMER }
  const propose = proposerOf(world, member)
  const silent = { logger: SILENT, outage: NO_REPORTS, metrics: NO_METRICS }
  const rounds = { log, store, propose, events, now, intervalMs: 1_000, pause: untilDue, ...silent }
  // The hardest case is a zombie that never notices, so the signal never aborts.
  void runRounds(member.partition, new AbortController().signal, rounds)
  const pause = () => scheduler.call(member, () => undefined)
  const handle = eventHandler(createTimerSink(store, now), { deadLetters: deadLettersOf(log, TIMER), pause })
  return { handle, busySince: () => busySince }
}

function billingMember(world: World, member: SimulatedMember): ProposerMember {
  const { scheduler, provider } = world
  let busySince: number | undefined
  const propose = proposerOf(world, member)
  const parts = { store: world.store(member), gateway: provider.gateway(member), propose, logger: SILENT }
  const pause = () => scheduler.call(member, () => undefined)
  const deadLetters = deadLettersOf(world.log(member), BILLING)
  const handle = eventHandler(createBilling({ ...parts, now: () => world.now }), { deadLetters, pause })
  return {
    async handle(batch, lease) {
      busySince ??= world.now
      await handle(batch, lease)
      busySince = undefined
    },
    busySince: () => busySince ?? world.partition(BOOKINGS, member.partition)[world.committedOf(member)]?.timestamp,
  }
}

const NO_REPORTS = { failed: () => undefined, answered: () => undefined }
const NO_METRICS = { proposed: () => undefined, due: () => undefined }

/** Records the commands about listings of partitions that the member never had. */
function proposerOf(world: World, member: SimulatedMember): Propose {
  const requests = { topic: REQUESTS, partitions: PARTITIONS }
  const propose = proposer({ log: world.log(member), requests, commandKeys: COMMAND_KEYS })
  const isElsewhere = ({ listingId }: Command) => partitionOf(listingId, PARTITIONS) !== member.partition
  return (commands) => {
    for (const { id } of commands.filter(isElsewhere)) world.trespasses.push(`${member.name} proposed ${id}`)
    return propose(commands)
  }
}
