import type { Handler } from '#log/log.ts'
import { deadLettersOf } from '../dead-letters.ts'
import { createDecisions, DECISIONS } from '../decisions/decisions.ts'
import { DocumentCache } from '../decisions/document-cache.ts'
import { ANALYTICS, createAnalytics } from '../sinks/analytics.ts'
import { eventHandler } from '../sinks/events.ts'
import { createNotifications, NOTIFICATIONS } from '../sinks/notifications.ts'
import { createViews, VIEWS } from '../sinks/views.ts'
import { Clients, REQUESTS } from './clients.ts'
import { checkDecisions, deadLetterFaults, unanswered } from './check-decisions.ts'
import { BREAKING, breakingEvents, breakingFaults, createBreakingSink } from './breaking.ts'
import { checkSinks } from './check-sinks.ts'
import { firstEvents, type FirstEvents } from './evidence.ts'
import { randomFrom, Scheduler } from './scheduler.ts'
import { type Member, PARTITIONS, World } from './world.ts'

export const BOOKINGS = 'bookings'

/** Most members, zombies included, at work on one partition. */
const MAX_MEMBERS = 3

/** After so many steps without faults something never ends. */
const STUCK_AFTER = 200_000

/**
 * One schedule: the real decider group and the real sinks over ports that fail as the seed says. First commands come in and are
 * decided, then faults end and the rest is decided; then the sinks read the log of record, in the same way.
 * @returns the invariants that do not hold, none if all is well
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
  violations.push(...world.wentBack.map((what) => `I11 ${what}`))
  return [...new Set(violations)]
}

/** I1, I10: every command has its result, and nonsense is a dead letter. */
function resultFaults(world: World, { sent, nonsense }: Clients, decided: FirstEvents): string[] {
  const lost = unanswered(
    decided,
    sent.map(({ command }) => command.id),
  )
  return [...lost.map((id) => `I1 a command without a result: ${id}`), ...deadLetterFaults(world, REQUESTS, nonsense)]
}

async function decidePhase(world: World, clients: Clients): Promise<string[]> {
  const { scheduler } = world
  const crew = new Crew<DocumentCache>(world, REQUESTS, [DECISIONS], (member, before) => {
    // A process that gets a partition back may still hold what it knew of it.
    const cache = before && scheduler.random() < 0.4 ? before : new DocumentCache()
    const deps = {
      log: world.log(member),
      store: world.store(member),
      events: { topic: BOOKINGS, partitions: PARTITIONS },
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
    else if (scheduler.hasLate && chance < 0.14) scheduler.landLate()
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
    else if (scheduler.hasLate && chance < 0.09) scheduler.landLate()
    else if (!(await scheduler.step()) && !scheduler.hasLate) break
  }
  return crew.finish()
}

type Hire<M> = (member: Member, before: M | undefined) => { handle: Handler; memory: M }

/** The members of some groups on one topic: who works, who has died, who has been replaced and works on. */
class Crew<M> {
  readonly #world: World
  readonly #topic: string
  readonly #groups: string[]
  readonly #hire: Hire<M>
  #members: { member: Member; memory: M }[] = []

  constructor(world: World, topic: string, groups: string[], hire: Hire<M>) {
    this.#world = world
    this.#topic = topic
    this.#groups = groups
    this.#hire = hire
    for (const group of groups) for (let p = 0; p < PARTITIONS; p++) this.#add(group, p)
  }

  crashOne(): void {
    const one = this.#world.scheduler.oneOf(this.#members)
    this.#world.scheduler.kill(one.member)
    this.#members = this.#members.filter((other) => other !== one)
    if (this.#world.owns(one.member)) this.#add(one.member.group, one.member.partition)
  }

  /** A rebalance: a new owner beside whoever worked there. */
  takeOverOne(): void {
    const { group, partition } = this.#anywhere()
    const there = this.#members.filter(({ member }) => member.group === group && member.partition === partition)
    if (there.length < MAX_MEMBERS) this.#add(group, partition)
  }

  /** The committed offset is lost, and the partition is read from its beginning. */
  rewindOne(): 1 {
    const { group, partition } = this.#anywhere()
    this.#world.committed.delete(`${group}/${partition}`)
    this.#add(group, partition)
    return 1
  }

  /** No more faults: everything ends, or it is stuck. */
  async finish(): Promise<string[]> {
    const { scheduler } = this.#world
    scheduler.faults = false
    while (scheduler.hasLate) scheduler.landLate()
    for (let steps = 0; await scheduler.step(); steps++) if (steps > STUCK_AFTER) return ['I12 the work does not end']
    for (const { member } of this.#members) scheduler.kill(member)
    const behind = this.#groups.some((group) => this.#lag(group) > 0)
    return behind ? ['I12 messages are left that nobody handles'] : []
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
    const { handle, memory } = this.#hire(member, before?.memory)
    this.#members.push({ member, memory })
    void this.#world.consume(member, this.#topic, handle)
  }
}
