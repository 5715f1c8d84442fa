import { AssignerProtocol, type Broker, type Cluster, type GroupMember, type GroupMemberAssignment } from 'kafkajs'
import type { Client } from './client.ts'
import { answerIn, asLogError, isFenced } from './errors.ts'
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
}

export interface MembershipOptions {
  group: string
  topics: readonly string[]
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
    return this.#ask(2 * sessionTimeoutMs + limitMs, async (coordinator, cluster) => {
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
      const groupAssignment = joined.leaderId === memberId ? await deal(cluster, joined.members) : []
      const synced = await coordinator.syncGroup({ groupId, generationId: generation, memberId, groupAssignment })
      return { generation, memberId, partitions: partitionsIn(synced.memberAssignment) }
    })
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

  async #ask<T>(limitMs: number, ask: (coordinator: Coordinator, cluster: Cluster) => Promise<T>): Promise<T> {
    const { group: groupId, topics } = this.#options
    try {
      return await this.#connection.ask(limitMs, async (cluster) => {
        await cluster.addMultipleTargetTopics([...topics])
        return ask((await cluster.findGroupCoordinator({ groupId })) as Coordinator, cluster)
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

/**
 * The leader's assignment: partitions round robin among the members that read their topic, the oldest members first, so that they
 * keep their partitions.
 */
async function deal(cluster: Cluster, members: readonly GroupMember[]): Promise<GroupMemberAssignment[]> {
  const wishes = members
    .map(({ memberId, memberMetadata }) => ({ memberId, ...wishIn(memberMetadata) }))
    .sort((a, b) => a.since - b.since || (a.memberId < b.memberId ? -1 : 1))
  const topics = [...new Set(wishes.flatMap((wish) => wish.topics))].sort()
  await cluster.addMultipleTargetTopics(topics)
  await cluster.refreshMetadata()
  const shares = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]))
  let turn = 0
  for (const topic of topics) {
    const wanting = wishes.filter((wish) => wish.topics.includes(topic))
    for (const { partitionId } of cluster.findTopicPartitionMetadata(topic).toSorted(byPartition)) {
      const share = shares.get(wanting[turn++ % wanting.length]!.memberId)!
      share[topic] = [...(share[topic] ?? []), partitionId]
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
function wishIn(metadata: Buffer): { topics: string[]; since: number } {
  const { topics = [], userData = NOTHING } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {}
  return { topics, since: userData?.length === 8 ? userData.readDoubleBE() : 0 }
}

const byPartition = (a: { partitionId: number }, b: { partitionId: number }): number => a.partitionId - b.partitionId
