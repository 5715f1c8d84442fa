import { deadLettersOf } from '../dead-letters.ts'
import { createDecisions, DECISIONS } from '../decisions/decisions.ts'
import { DocumentCache } from '../decisions/document-cache.ts'
import { ANALYTICS, createAnalytics } from '../sinks/analytics.ts'
import { eventHandler } from '../sinks/events.ts'
import { createNotifications, NOTIFICATIONS } from '../sinks/notifications.ts'
import { createViews, VIEWS } from '../sinks/views.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { Clients, REQUESTS } from './clients.ts'
import { checkDecisions, deadLetterFaults, unanswered } from './check-decisions.ts'
import { BREAKING, breakingEvents, breakingFaults, createBreakingSink, createBreakingStore } from './breaking.ts'
import { checkDeadlines } from './check-deadlines.ts'
import { checkPayments } from './check-payments.ts'
import { checkSinks } from './check-sinks.ts'
import { BOOKINGS, firstEvents, type FirstEvents } from './evidence.ts'
import { type ProposerMember, PROPOSERS } from './proposers.ts'
import { randomFrom, Scheduler } from './scheduler.ts'
import { type SimulatedMember, MAX_CALL_MS, PARTITIONS, World } from './world.ts'

/** The most members of a group on one partition, including zombies. */
const MAX_MEMBERS = 3

/** A fault-free run that takes more steps counts as endless. */
const STUCK_AFTER = 200_000

/**
 * Runs one schedule: the real decider group, proposers and sinks over ports whose failures follow from the seed. The decider and the
 * proposers run with faults, then without faults until every command is decided and the last deadline has passed. The sinks then
 * read the log of record in the same way.
 * @returns a sentence for each violated invariant
 */
export async function simulate(seed: number): Promise<string[]> {
  const scheduler = new Scheduler(randomFrom(seed))
  const world = new World(scheduler)
  const clients = new Clients(world)
  const violations = [...(await decidePhase(world, clients))]
  const decided = firstEvents(world)
  violations.push(...checkDecisions(world, decided), ...resultFaults(world, clients, decided))
  violations.push(...checkDeadlines(world, decided))
  violations.push(...checkPayments(world, decided, world.provider.payments))
  const breaking = breakingEvents(world, decided)
  violations.push(...(await sinkPhase(world, breaking)), ...checkSinks(world, firstEvents(world)))
  violations.push(...breakingFaults(world, BOOKINGS, breaking))
  violations.push(...world.regressions.map((what) => `I11 ${what}`))
  violations.push(...world.trespasses.map((what) => `I14 a member works for a partition of another: ${what}`))
  return [...new Set(violations)]
}

/** I1, I10: every command that the store keeps has a result, and every other message is a dead letter. */
function resultFaults(world: World, { sent, breaking, nonsense }: Clients, decided: FirstEvents): string[] {
  const withoutResult = unanswered(
    decided,
    sent.flatMap(({ command: { id } }) => (breaking.has(id) ? [] : [id])),
  )
  const failing = sent.filter(({ command }) => breaking.has(command.id))
  return [
    ...withoutResult.map((id) => `I1 a command has no result: ${id}`),
    ...deadLetterFaults(world, REQUESTS, [...nonsense, ...failing]),
  ]
}

async function decidePhase(world: World, clients: Clients): Promise<string[]> {
  const { scheduler } = world
  const deciders = (member: SimulatedMember, before: DocumentCache | undefined) => {
    // A process that owns a partition again may still have its old cache.
    const cache = before && scheduler.random() < 0.4 ? before : new DocumentCache()
    const deps = {
      log: world.log(member),
      store: createBreakingStore(world.store(member), clients.breaking),
      events: { topic: BOOKINGS, partitions: PARTITIONS },
      commandKeys: COMMAND_KEYS,
      pause: () => scheduler.call(member, () => undefined),
    }
    return { handle: createDecisions({ ...deps, cache }), memory: cache }
  }
  const crew = new Crew(world, {
    [DECISIONS]: { topic: REQUESTS, create: deciders },
    ...mapped(PROPOSERS, (create) => ({
      topic: BOOKINGS,
      create: (member) => create(world, member),
    })),
  })
  let rewinds = scheduler.random() < 0.25 ? 1 : 0
  for (let step = 0; step < 1_500; step++) {
    const chance = scheduler.random()
    if (!clients.done && chance < 0.06) sendOne(world, clients, crew)
    else if (chance < 0.075) crew.crashOne()
    else if (chance < 0.087) crew.takeOverOne()
    else if (rewinds > 0 && clients.sent.length > 18 && chance < 0.092) rewinds -= crew.rewindOne()
    else if (scheduler.hasLate && chance < 0.14) scheduler.applyLate()
    else await scheduler.step()
    if (clients.done && chance > 0.995) break
  }
  while (!clients.done) sendOne(world, clients, crew)
  return crew.finish()
}

/** Time passes only as far as the tolerated lag allows. The steps from an event to a proposal share it. */
function sendOne(world: World, clients: Clients, crew: Crew): void {
  const proposers = Object.keys(PROPOSERS).map((group) => world.waitingSince(group, BOOKINGS) - MAX_CALL_MS)
  clients.tick(Math.min(world.waitingSince(DECISIONS, REQUESTS), world.nextDueAt ?? world.now, ...proposers))
  crew.restartStalled()
  clients.send()
}

async function sinkPhase(world: World, breaking: ReadonlySet<string>): Promise<string[]> {
  const { scheduler } = world
  scheduler.faults = true
  const create = (member: SimulatedMember) => {
    const store = world.store(member)
    const log = world.log(member)
    const sinks = {
      [VIEWS]: () => createViews({ store, wake: () => undefined }),
      [NOTIFICATIONS]: () => createNotifications(store),
      [ANALYTICS]: () => createAnalytics(store),
      [BREAKING]: () => createBreakingSink(store, breaking),
    }
    const sink = sinks[member.group as keyof typeof sinks]()
    const deadLetters = deadLettersOf(log, member.group)
    const pause = () => scheduler.call(member, () => undefined)
    return { handle: eventHandler(sink, { deadLetters, pause }) }
  }
  const group = { topic: BOOKINGS, create }
  const crew = new Crew(world, {
    [VIEWS]: group,
    [NOTIFICATIONS]: group,
    [ANALYTICS]: group,
    [BREAKING]: group,
  })
  for (let step = 0; step < 1_200; step++) {
    const chance = scheduler.random()
    if (chance < 0.02) crew.crashOne()
    else if (chance < 0.04) crew.takeOverOne()
    else if (chance < 0.0405) crew.rewindOne()
    else if (scheduler.hasLate && chance < 0.09) scheduler.applyLate()
    else if (!(await scheduler.step()) && !scheduler.hasLate) break
  }
  return crew.finish()
}

interface CrewMember extends ProposerMember {
  /** What the next member on the partition may still have, if it is in the same process. */
  memory?: DocumentCache
}

interface SimulatedGroup {
  topic: string
  create: (member: SimulatedMember, before: DocumentCache | undefined) => CrewMember
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))

/** The members of some groups: running, dead, or replaced and still running. */
class Crew {
  readonly #world: World
  readonly #groups: Readonly<Record<string, SimulatedGroup>>
  readonly #names: string[]
  #members: (CrewMember & { member: SimulatedMember })[] = []

  constructor(world: World, groups: Readonly<Record<string, SimulatedGroup>>) {
    this.#world = world
    this.#groups = groups
    this.#names = Object.keys(groups)
    for (const group of this.#names) for (let p = 0; p < PARTITIONS; p++) this.#add(group, p)
  }

  /** Restarts the proposers, also zombies, that have stood still for too long. The ids of commands are not kept for ever. */
  restartStalled(): void {
    const { now } = this.#world
    for (const one of this.#members) {
      const { topic } = this.#groups[one.member.group]!
      const since = Math.min(this.#world.behindSince(one.member, topic), one.busySince?.() ?? now)
      if (one.busySince && now - since > MAX_CALL_MS) this.#crash(one)
    }
  }

  crashOne(): void {
    this.#crash(this.#world.scheduler.oneOf(this.#members))
  }

  /** Rebalances a partition: a new owner starts while the old one still runs. */
  takeOverOne(): void {
    const { group, partition } = this.#anywhere()
    const running = this.#members.filter(({ member }) => isAt(member, group, partition))
    if (running.length < MAX_MEMBERS) this.#add(group, partition)
  }

  /**
   * Deletes the committed offset of a partition, so that a new member reads it from the beginning. Groups of proposers are stopped
   * for it.
   */
  rewindOne(): 1 {
    const { group, partition } = this.#anywhere()
    this.#world.committed.delete(`${group}/${partition}`)
    for (const { member, busySince } of this.#members)
      if (busySince && isAt(member, group, partition)) this.#kill(member)
    this.#add(group, partition)
    return 1
  }

  /** Runs without faults until all work has ended, or reports that it does not end. */
  async finish(): Promise<string[]> {
    const { scheduler } = this.#world
    scheduler.faults = false
    while (scheduler.hasLate) scheduler.applyLate()
    for (let steps = 0; (await scheduler.step()) || this.#pass(); steps++)
      if (steps > STUCK_AFTER) return ['I12 the work does not end']
    for (const { member } of this.#members) scheduler.kill(member)
    const behind = this.#names.some((group) => this.#lag(group) > 0)
    return behind ? ['I12 some messages were not handled'] : []
  }

  /** Moves the clock to the next deadline; returns false if there is none. */
  #pass(): boolean {
    const { nextDueAt = -Infinity, now } = this.#world
    if (nextDueAt > now) this.#world.now = nextDueAt
    return nextDueAt > now
  }

  #crash({ member }: { member: SimulatedMember }): void {
    this.#kill(member)
    if (this.#world.owns(member)) this.#add(member.group, member.partition)
  }

  #kill(member: SimulatedMember): void {
    this.#world.scheduler.kill(member)
    this.#members = this.#members.filter((other) => other.member !== member)
  }

  #lag(group: string): number {
    const lags = Array.from({ length: PARTITIONS }, (_, partition) => {
      return (
        this.#world.partition(this.#groups[group]!.topic, partition).length -
        this.#world.committedOf({ group, partition })
      )
    })
    return lags.reduce((sum, lag) => sum + lag, 0)
  }

  #anywhere(): { group: string; partition: number } {
    const { scheduler } = this.#world
    return { group: scheduler.oneOf(this.#names), partition: scheduler.pick(PARTITIONS) }
  }

  #add(group: string, partition: number): void {
    const before = this.#members.find(({ member }) => isAt(member, group, partition))
    const member = this.#world.takeOver(group, partition)
    const { topic, create } = this.#groups[group]!
    const made = create(member, before?.memory)
    this.#members.push({ member, ...made })
    void this.#world.consume(member, topic, made.handle)
  }
}

const isAt = (member: SimulatedMember, group: string, partition: number): boolean =>
  member.group === group && member.partition === partition
