import type { Handler } from '#log/log.ts'
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
import { checkSinks } from './check-sinks.ts'
import { firstEvents, type FirstEvents } from './evidence.ts'
import { randomFrom, Scheduler } from './scheduler.ts'
import { type SimulatedMember, PARTITIONS, World } from './world.ts'

export const BOOKINGS = 'bookings'

/** The most members of a group on one partition, including zombies. */
const MAX_MEMBERS = 3

/** A fault-free run that takes more steps counts as endless. */
const STUCK_AFTER = 200_000

/**
 * Runs one schedule: the real decider group and the real sinks over ports whose failures follow from the seed. The decider runs
 * with faults, then without faults until it has decided every command. The sinks then read the log of record in the same way.
 * @returns a sentence for each violated invariant
 */
export async function simulate(seed: number): Promise<string[]> {
  const scheduler = new Scheduler(randomFrom(seed))
  const world = new World(scheduler)
  const clients = new Clients(world)
  const violations = [...(await decidePhase(world, clients))]
  const decided = firstEvents(world)
  violations.push(...checkDecisions(world, decided), ...resultFaults(world, clients, decided))
  const breaking = breakingEvents(world, decided)
  violations.push(...(await sinkPhase(world, breaking)), ...checkSinks(world, firstEvents(world)))
  violations.push(...breakingFaults(world, BOOKINGS, breaking))
  violations.push(...world.regressions.map((what) => `I11 ${what}`))
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
  const crew = new Crew<DocumentCache>(world, REQUESTS, [DECISIONS], (member, before) => {
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
  })
  let rewinds = scheduler.random() < 0.25 ? 1 : 0
  for (let step = 0; step < 1_500; step++) {
    const chance = scheduler.random()
    if (!clients.done && chance < 0.06) sendOne(world, clients)
    else if (chance < 0.075) crew.crashOne()
    else if (chance < 0.087) crew.takeOverOne()
    else if (rewinds > 0 && clients.sent.length > 18 && chance < 0.092) rewinds -= crew.rewindOne()
    else if (scheduler.hasLate && chance < 0.14) scheduler.applyLate()
    else await scheduler.step()
    if (clients.done && chance > 0.995) break
  }
  while (!clients.done) sendOne(world, clients)
  return crew.finish()
}

function sendOne(world: World, clients: Clients): void {
  const waiting = Array.from({ length: PARTITIONS }, (_, partition) => {
    const next = world.partition(REQUESTS, partition)[world.committedOf({ group: DECISIONS, partition })]
    return next?.timestamp ?? world.now
  })
  clients.tick(Math.min(...waiting))
  clients.send()
}

async function sinkPhase(world: World, breaking: ReadonlySet<string>): Promise<string[]> {
  const { scheduler } = world
  scheduler.faults = true
  const crew = new Crew<null>(world, BOOKINGS, [VIEWS, NOTIFICATIONS, ANALYTICS, BREAKING], (member) => {
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
    return { handle: eventHandler(sink, { deadLetters, pause }), memory: null }
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

type CreateHandler<M> = (member: SimulatedMember, before: M | undefined) => { handle: Handler; memory: M }

/** The members of some groups on one topic: running, dead, or replaced and still running. */
class Crew<M> {
  readonly #world: World
  readonly #topic: string
  readonly #groups: string[]
  readonly #createHandler: CreateHandler<M>
  #members: { member: SimulatedMember; memory: M }[] = []

  constructor(world: World, topic: string, groups: string[], createHandler: CreateHandler<M>) {
    this.#world = world
    this.#topic = topic
    this.#groups = groups
    this.#createHandler = createHandler
    for (const group of groups) for (let p = 0; p < PARTITIONS; p++) this.#add(group, p)
  }

  crashOne(): void {
    const one = this.#world.scheduler.oneOf(this.#members)
    this.#world.scheduler.kill(one.member)
    this.#members = this.#members.filter((other) => other !== one)
    if (this.#world.owns(one.member)) this.#add(one.member.group, one.member.partition)
  }

  /** Rebalances a partition: a new owner starts while the old one still runs. */
  takeOverOne(): void {
    const { group, partition } = this.#anywhere()
    const running = this.#members.filter(({ member }) => member.group === group && member.partition === partition)
    if (running.length < MAX_MEMBERS) this.#add(group, partition)
  }

  /** Deletes the committed offset of a partition, so that a new member reads it from the beginning. */
  rewindOne(): 1 {
    const { group, partition } = this.#anywhere()
    this.#world.committed.delete(`${group}/${partition}`)
    this.#add(group, partition)
    return 1
  }

  /** Runs without faults until all work has ended, or reports that it does not end. */
  async finish(): Promise<string[]> {
    const { scheduler } = this.#world
    scheduler.faults = false
    while (scheduler.hasLate) scheduler.applyLate()
    for (let steps = 0; await scheduler.step(); steps++) if (steps > STUCK_AFTER) return ['I12 the work does not end']
    for (const { member } of this.#members) scheduler.kill(member)
    const behind = this.#groups.some((group) => this.#lag(group) > 0)
    return behind ? ['I12 some messages were not handled'] : []
  }

  #lag(group: string): number {
    const lags = Array.from({ length: PARTITIONS }, (_, partition) => {
      return this.#world.partition(this.#topic, partition).length - this.#world.committedOf({ group, partition })
    })
    return lags.reduce((sum, lag) => sum + lag, 0)
  }

  #anywhere(): { group: string; partition: number } {
    const { scheduler } = this.#world
    return { group: scheduler.oneOf(this.#groups), partition: scheduler.pick(PARTITIONS) }
  }

  #add(group: string, partition: number): void {
    const before = this.#members.find(({ member }) => member.group === group && member.partition === partition)
    const member = this.#world.takeOver(group, partition)
    const { handle, memory } = this.#createHandler(member, before?.memory)
    this.#members.push({ member, memory })
    void this.#world.consume(member, this.#topic, handle)
  }
}
