import { AssignerProtocol, type Broker, type GroupMember, type GroupMemberAssignment } from 'kafkajs'
import type { Client } from './client.ts'
import { partitionsOf } from './cluster.ts'
import { answerIn, asLogError, isAboutTopics, isFenced, sentenceOf } from './errors.ts'
import type { KafkaTopics } from './topics.ts'
import { Connection } from './connection.ts'
import { LogError, type Owned } from '../log.ts'

/** The assigner name of kafkajs, so that documented kafkajs consumers may share a group with ours. */
const PROTOCOL = 'RoundRobinAssigner'

/** Parts of kafkajs that its types leave out. */
interface Coordinator extends Broker {
  joinGroup(request: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupProtocols: { name: string; metadata: Buffer }[]
  }): Promise<{ generationId: number; leaderId: string; memberId: string; members: GroupMember[] }>
  syncGroup(request: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: GroupMemberAssignment[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
}

/** Membership from one assignment to the next. The broker accepts commits of the current session only. */
export interface Session {
  generation: number
  memberId: string
  partitions: Owned[]
  /** The number of partitions of each topic that was assigned, 0 if it does not exist; only the leader of the group has it. */
  counts: ReadonlyMap<string, number> | undefined
}

export interface MembershipOptions {
  group: string
  topics: readonly string[]
  known: KafkaTopics
  sessionTimeoutMs: number
  /** The deadline of one request. */
  limitMs: number
}

/**
 * The membership of one member. The consumer of kafkajs keeps it in one loop with fetching and handling: a slow handler ends the
 * membership, a programming error ends the loop, and a commit from before a rebalance counts after it. Here it is separate.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #connection: Connection
  readonly #since = Date.now()
  #memberId = ''

  constructor(options: MembershipOptions, open: () => Client) {
    this.#options = options
    this.#connection = new Connection(open)
  }

  /** Joins or joins again. Waits for all members, one session at most. */
  async join(): Promise<Session> {
    const { group: groupId, topics, sessionTimeoutMs, limitMs } = this.#options
    return this.#ask(2 * sessionTimeoutMs + limitMs, async (coordinator) => {
      const wish = { version: 0, topics: [...topics], userData: instant(this.#since) }
      const metadata = AssignerProtocol.MemberMetadata.encode(wish)
      const joined = await coordinator.joinGroup({
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: sessionTimeoutMs,
        memberId: this.#memberId,
        groupProtocols: [{ name: PROTOCOL, metadata }],
      })
      const { memberId, generationId: generation } = joined
      this.#memberId = memberId
      const wishes = joined.leaderId === memberId ? wishesOf(joined.members) : undefined
      const counts = wishes && (await this.#countsOf(topicsIn(wishes)))
      const groupAssignment = wishes && counts ? deal(wishes, counts) : []
      const synced = await coordinator.syncGroup({ groupId, generationId: generation, memberId, groupAssignment })
      const partitions = partitionsIn(synced.memberAssignment)
      if (partitions.some((each) => this.#isNew(each))) await this.#options.known.all()
      return { generation, memberId, partitions, counts }
    })
  }

  /** The leader may have found a partition before this process. */
  #isNew({ topic, partition }: Owned): boolean {
    return partition >= (this.#options.known.partitions(topic) ?? 0)
  }

  /** Whether topics of the group have other partitions now than those that this member has assigned as the leader. */
  async isOutdated({ counts }: Session): Promise<boolean> {
    if (counts === undefined) return false
    const now = await this.#countsOf([...counts.keys()]).catch(() => counts)
    return [...counts].some(([topic, count]) => now.get(topic) !== count)
  }

  /** As they are now. */
  async #countsOf(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { known } = this.#options
    await known.all()
    return new Map(topics.map((topic) => [topic, known.partitions(topic) ?? 0]))
  }

  /** Rejects at a rebalance, or if the session has ended: see {@link isFenced}. */
  async beat({ generation, memberId }: Session, limitMs: number): Promise<void> {
    const beat = { groupId: this.#options.group, groupGenerationId: generation, memberId }
    await this.#ask(limitMs, (coordinator) => coordinator.heartbeat(beat))
  }

  /** Rejects with `fenced` if the session has ended. */
  async commit({ generation, memberId }: Session, { topic, partition }: Owned, next: number): Promise<void> {
    const { group: groupId, limitMs } = this.#options
    const topics = [{ topic, partitions: [{ partition, offset: String(next) }] }]
    const commit = { groupId, groupGenerationId: generation, memberId, topics }
    try {
      await this.#ask(limitMs, (coordinator) => coordinator.offsetCommit(commit))
    } catch (error) {
      if (isFenced(error))
        throw new LogError('fenced', `the lease of ${topic}/${partition} has ended`, { cause: error })
      throw asLogError(error, 'unknown')
    }
  }

  /** Gives the partitions to the other members now, instead of at the end of the session. */
  async leave(): Promise<void> {
    const memberId = this.#memberId
    const request = { groupId: this.#options.group, memberId }
    if (memberId !== '') await this.#ask(this.#options.limitMs, (coordinator) => coordinator.leaveGroup(request))
  }

  close(): void {
    this.#connection.close()
  }

  /** A topic that was deleted or forbidden must not end the membership, so kafkajs is not asked for it. */
  async #ask<T>(limitMs: number, ask: (coordinator: Coordinator) => Promise<T>): Promise<T> {
    const { group: groupId, topics, known } = this.#options
    try {
      return await this.#connection.ask(limitMs, async (cluster) => {
        const existing = topics.filter((topic) => known.partitions(topic) !== undefined)
        await cluster.addMultipleTargetTopics(existing).catch(async (error: unknown) => {
          if (!isAboutTopics(error)) throw error
          await known.all()
          throw new LogError('unavailable', sentenceOf(error), { cause: error })
        })
        return ask((await cluster.findGroupCoordinator({ groupId })) as Coordinator)
      })
    } catch (error) {
      if (answerIn(error) === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
      throw error
    }
  }
}

const NOTHING = Buffer.alloc(0)

function partitionsIn(assignment: Buffer): Owned[] {
  const decoded = assignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(assignment) : null
  const owned = Object.entries(decoded?.assignment ?? {}).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  )
  return owned.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/** The topics that a member wants to read, and since when it is a member. */
interface Wish {
  memberId: string
  topics: string[]
  since: number
}

/** The oldest members first, so that they keep their partitions. */
const wishesOf = (members: readonly GroupMember[]): Wish[] =>
  members
    .map(({ memberId, memberMetadata }) => ({ memberId, ...wishIn(memberMetadata) }))
    .sort((a, b) => a.since - b.since || (a.memberId < b.memberId ? -1 : 1))

const topicsIn = (wishes: readonly Wish[]): string[] => [...new Set(wishes.flatMap(({ topics }) => topics))].sort()

/** The leader's assignment: partitions round robin among the members that read their topic. */
function deal(wishes: readonly Wish[], counts: ReadonlyMap<string, number>): GroupMemberAssignment[] {
  const shares = new Map<string, Record<string, number[]>>(wishes.map(({ memberId }) => [memberId, {}]))
  let turn = 0
  for (const [topic, count] of counts) {
    const wanting = wishes.filter((wish) => wish.topics.includes(topic))
    for (const partition of partitionsOf(count)) {
      const share = shares.get(wanting[turn++ % wanting.length]!.memberId)!
      share[topic] = [...(share[topic] ?? []), partition]
    }
  }
  return [...shares].map(([memberId, assignment]) => {
    const memberAssignment = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: NOTHING })
    return { memberId, memberAssignment }
  })
}

function instant(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(ms)
  return bytes
}

/** Members of other clients do not state their age. */
function wishIn(metadata: Buffer): Pick<Wish, 'topics' | 'since'> {
  const { topics = [], userData = NOTHING } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {}
  return { topics, since: userData?.length === 8 ? userData.readDoubleBE() : 0 }
}
