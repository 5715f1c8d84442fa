import type { Batch, Handler, Lease, Log, Message, Outgoing, Position } from '#log/log.ts'
import { LogError } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { instantOf } from '#domain/civil.ts'
import { proposalIdOf } from '#domain/ids.ts'
import { applyChange, holds } from '#store/change.ts'
import { type Doc, type Page, type Query, type Store, StoreError } from '#store/store.ts'
import type { StoredTimer } from '../proposers/timer/timers.ts'
import { encodeSigned } from '../testing/signed-commands.ts'
import type { Evidence } from './evidence.ts'
import { Provider, type ProviderWebhook } from './provider.ts'
import type { Actor, Scheduler } from './scheduler.ts'

export const PARTITIONS = 3

/** A call that has taken longer has failed, and a proposer that has stood still for longer is restarted. In reality these are seconds. */
export const MAX_CALL_MS = 12 * 3_600_000

/** A member of a group, on one partition. A zombie is a member that has lost its partition and does not know it. */
export interface SimulatedMember extends Actor {
  group: string
  partition: number
  generation: number
}

/** The true state of the log and the documents, and the ports through which actors use them. */
export class World implements Evidence {
  readonly scheduler: Scheduler
  readonly provider: Provider
  readonly topics = new Map<string, Message[][]>()
  readonly collections = new Map<string, Map<string, string>>()
  readonly committed = new Map<string, number>()
  readonly generations = new Map<string, number>()
  /** Commits in which the owner of a partition lowered the offset. */
  readonly regressions: string[] = []
  /** Commands that a member proposed for a partition that it never had. */
  readonly trespasses: string[] = []
  readonly #offsets = new Map<SimulatedMember, number>()
  #dueAt: Map<number, number> | undefined
  now = Date.parse('2026-01-01')

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
    this.provider = new Provider(
      scheduler,
      () => this.now,
      (webhook) => this.#receive(webhook),
    )
  }

  partition(topic: string, partition: number): Message[] {
    let partitions = this.topics.get(topic)
    if (!partitions) this.topics.set(topic, (partitions = Array.from({ length: PARTITIONS }, () => [])))
    return partitions[partition]!
  }

  append(message: Outgoing): Position {
    const { topic, key = null, value, headers = [] } = message
    const partition = message.partition ?? partitionOf(key ?? '', PARTITIONS)
    const messages = this.partition(topic, partition)
    const offset = messages.length
    messages.push({
      topic,
      partition,
      offset,
      key: bytes(key),
      value: bytes(value),
      headers: headers.map(([name, text]) => [name, bytes(text)!]),
      timestamp: this.now,
    })
    return { topic, partition, offset }
  }

  all<T extends Doc>(collection: string): T[] {
    return [...(this.collections.get(collection)?.values() ?? [])].map((text) => JSON.parse(text) as T)
  }

  /** Whether a timer of the partition is due. */
  isDue(partition: number): boolean {
    return (this.#earliest().get(partition) ?? Infinity) <= this.now
  }

  /** When the next timer is due; undefined if there is none. */
  get nextDueAt(): number | undefined {
    const earliest = [...this.#earliest().values()]
    return earliest.length > 0 ? Math.min(...earliest) : undefined
  }

  /** By partition. Computed once for each change, because waiting members ask at every step. */
  #earliest(): Map<number, number> {
    if (this.#dueAt) return this.#dueAt
    this.#dueAt = new Map()
    for (const { partition, dueAt } of this.all<StoredTimer>('timers'))
      this.#dueAt.set(partition, Math.min(dueAt, this.#dueAt.get(partition) ?? Infinity))
    return this.#dueAt
  }

  oneOf(partitions: readonly number[]): number {
    return this.scheduler.oneOf(partitions)
  }

  committedOf({ group, partition }: Pick<SimulatedMember, 'group' | 'partition'>): number {
    return this.committed.get(`${group}/${partition}`) ?? 0
  }

  /** Makes a new owner of the partition; the previous one becomes a zombie. */
  takeOver(group: string, partition: number): SimulatedMember {
    const key = `${group}/${partition}`
    const generation = (this.generations.get(key) ?? 0) + 1
    this.generations.set(key, generation)
    return { name: `${key}#${generation}`, group, partition, generation }
  }

  /** Since when the oldest message that a member has not handled is in the log; the present time if there is none. */
  behindSince(member: SimulatedMember, topic: string): number {
    return this.partition(topic, member.partition)[this.#offsets.get(member) ?? 0]?.timestamp ?? this.now
  }

  /** Since when the oldest message that a group has not committed is in the log; the present time if there is none. */
  waitingSince(group: string, topic: string): number {
    const next = Array.from({ length: PARTITIONS }, (_, partition) => {
      return this.partition(topic, partition)[this.committedOf({ group, partition })]
    })
    return Math.min(...next.map((message) => message?.timestamp ?? this.now))
  }

  owns({ group, partition, generation }: SimulatedMember): boolean {
    return this.generations.get(`${group}/${partition}`) === generation
  }

  /** Keeps the promises of the log's `run` for one member: batches in order, and the same batch again after an error. */
  async consume(member: SimulatedMember, topic: string, handle: Handler): Promise<void> {
    const messages = this.partition(topic, member.partition)
    const lease = this.#lease(member)
    let offset = this.committedOf(member)
    for (;;) {
      this.#offsets.set(member, offset)
      await this.scheduler.when(member, () => messages.length > offset)
      const end = Math.min(messages.length, offset + 1 + this.scheduler.pick(4))
      const batch: Batch = { topic, partition: member.partition, messages: messages.slice(offset, end) }
      try {
        await handle(batch, lease)
        offset = end
      } catch (error) {
        if (error instanceof LogError && error.code === 'fenced') return
        await this.scheduler.call(member, () => undefined)
      }
    }
  }

  /** As the edge does. */
  #receive(webhook: ProviderWebhook): void {
    const { bookingId, listingId, report, at } = webhook
    const id = proposalIdOf('webhook', String(report.reference), report.result)
    const actor = { role: 'system', id: 'webhook' } as const
    const command = { type: 'RecordPayment', id, bookingId, listingId, actor, at: instantOf(at), report } as const
    this.append({ topic: 'booking-requests', partition: partitionOf(listingId, PARTITIONS), ...encodeSigned(command) })
  }

  #lease(member: SimulatedMember): Lease {
    const commit = (offset: number) => {
      if (!this.owns(member)) throw new LogError('fenced', 'another member has the partition')
      if (offset + 1 < this.committedOf(member)) this.regressions.push(`${member.name} committed ${offset}`)
      this.committed.set(`${member.group}/${member.partition}`, offset + 1)
    }
    // The hardest case is a zombie that never notices, so the signal never aborts.
    return {
      signal: new AbortController().signal,
      commit: (offset) => this.scheduler.call(member, () => commit(offset)),
    }
  }

  log(actor: Actor): Log {
    const send = (messages: readonly Outgoing[]) => {
      const unknown = () => new LogError('unknown', 'no answer')
      const append = () => messages.map((message) => this.append(message))
      return this.scheduler.call(actor, this.#inTime(append, unknown), unknown)
    }
    const ofEach = (end: (partition: number) => number): Promise<number[]> =>
      this.scheduler.call(actor, () => Array.from({ length: PARTITIONS }, (_, partition) => end(partition)))
    const log: Partial<Log> = {
      send,
      partitions: async () => PARTITIONS,
      bounds: async (topic) => {
        const ends = await ofEach((partition) => this.partition(topic, partition).length)
        return ends.map((end, partition) => ({ partition, first: 0, end }))
      },
      committed: (group) => ofEach((partition) => this.committedOf({ group, partition })),
      read: ({ topic, partition, offset }, max) =>
        this.scheduler.call(actor, () => this.partition(topic, partition).slice(offset, offset + max)),
    }
    return log as Log
  }

  store(actor: Actor): Store {
    const unknown = () => new StoreError('unknown', 'no answer')
    const write = <T>(apply: () => T) => this.scheduler.call(actor, this.#inTime(apply, unknown), unknown)
    const read = <T>(apply: () => T) => this.scheduler.call(actor, apply)
    const store: Partial<Store> = {
      get: <T extends Doc>(collection: string, id: string) => read(() => this.#get(collection, id) as T | undefined),
      getMany: <T extends Doc>(collection: string, ids: readonly string[]) =>
        read(() => ids.flatMap((id) => (this.#get(collection, id) as T | undefined) ?? [])),
      remove: (collection, id) => write(() => this.#remove(collection, id)),
      scan: <T extends Doc>(collection: string, { where, order, limit }: Query): Promise<Page<T>> =>
        read(() => {
          const found = this.all<T>(collection).filter((doc) =>
            Object.entries(where).every(([field, value]) => doc[field] === value),
          )
          return { docs: found.toSorted((a, b) => Number(a[order.by]) - Number(b[order.by])).slice(0, limit) }
        }),
      insert: (collection, doc) => write(() => !this.#get(collection, doc._id) && this.#put(collection, doc)),
      patch: (collection, id, change, when) =>
        write(() => {
          const doc = this.#get(collection, id)
          if ((when && !holds(when, doc)) || (!doc && !change.upsert)) return false
          const next = doc ?? { _id: id }
          applyChange(next, change)
          return this.#put(collection, next)
        }),
    }
    return store as Store
  }

  #inTime<T>(apply: () => T, late: () => Error): () => T {
    const since = this.now
    return () => {
      if (this.now - since > MAX_CALL_MS) throw late()
      return apply()
    }
  }

  #get(collection: string, id: string): Doc | undefined {
    const text = this.collections.get(collection)?.get(id)
    return text === undefined ? undefined : (JSON.parse(text) as Doc)
  }

  #remove(collection: string, id: string): boolean {
    if (collection === 'timers') this.#dueAt = undefined
    return this.collections.get(collection)?.delete(id) ?? false
  }

  #put(collection: string, doc: Doc): true {
    if (collection === 'timers') this.#dueAt = undefined
    let docs = this.collections.get(collection)
    if (!docs) this.collections.set(collection, (docs = new Map()))
    docs.set(doc._id, JSON.stringify(doc))
    return true
  }
}

const encoder = new TextEncoder()

const bytes = (content: string | Uint8Array | null): Uint8Array | null =>
  typeof content === 'string' ? encoder.encode(content) : content
