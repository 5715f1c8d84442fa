import type { Log } from '#log/log.ts'
import { Budget, type Taken } from '#platform/budget.ts'
import { within } from '#platform/deadline.ts'
import type { Account } from '../accounts/account.ts'
import { HttpError, unavailable } from '../http/errors.ts'
import { takeFrom } from '../http/take-from.ts'
import { type Limits, shared } from '../limits.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import { Instance, type InstanceOptions } from './instance.ts'

/** The instances of this process, by group and name. The first call of a name creates one, which belongs to the caller's account. */
export class Instances {
  readonly #log: Log
  readonly #idleMs: number
  readonly #budget: Budget
  readonly #slots = new Map<string, Slot>()

  constructor(log: Log, { instances, idleMs }: Pick<Limits, 'instances' | 'idleMs'>) {
    this.#log = log
    this.#idleMs = idleMs
    this.#budget = new Budget(shared(instances))
  }

  get size(): number {
    return this.#slots.size
  }

  /** The existing instance, or a new one. Other topics replace the instance and keep its settings. */
  open(account: Account, request: InstanceRequest): Instance {
    const existing = this.#usable(account, request)
    if (existing !== undefined && sameTopics(existing.options.topics, request.topics)) return existing
    return this.#create(account, { ...request, settings: existing?.options.settings ?? request.settings })
  }

  /** Always a new instance: messages that the existing one handed out and did not commit are redelivered. */
  replace(account: Account, request: InstanceRequest): Instance {
    this.#usable(account, request)
    return this.#create(account, request)
  }

  /** An instance that the account may not use is a 404 as well. */
  get(account: Account, group: string, name: string): Instance {
    const instance = this.#open(idOf({ group, name }))
    if (instance !== undefined && mayUse(account, instance)) return instance
    throw new HttpError(404, `group ${group} has no instance ${name}`)
  }

  async remove(account: Account, group: string, name: string): Promise<void> {
    const closing = this.get(account, group, name).close()
    await within(LOG_LIMIT_MS, closing, () => unavailable('the instance is still closing'))
  }

  all(): Instance[] {
    return [...this.#slots.keys()].flatMap((id) => this.#open(id) ?? [])
  }

  visibleTo(account: Account): Instance[] {
    return this.all().filter((instance) => mayUse(account, instance))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ instance }) => instance.close()))
  }

  #usable(account: Account, { group, name }: InstanceRequest): Instance | undefined {
    const existing = this.#open(idOf({ group, name }))
    if (existing === undefined || mayUse(account, existing)) return existing
    if (existing.options.owner !== account.username) {
      throw new HttpError(403, `instance ${name} of group ${group} belongs to another account; use another name`)
    }
    throw new HttpError(403, `${account.username} may not consume all topics of instance ${name}`)
  }

  #create(account: Account, request: InstanceRequest): Instance {
    const id = idOf(request)
    const before = this.#slots.get(id)
    const taken = this.#take(account, before)
    const closed = (): void => this.#free(id, slot)
    const options = { log: this.#log, idleMs: this.#idleMs, owner: account.username, after: before?.instance.close() }
    const slot: Slot = { instance: new Instance({ ...request, ...options, closed }), taken }
    this.#slots.set(id, slot)
    return slot.instance
  }

  /** A replacement takes the place of the account's own instance, even if other accounts have left no room since. */
  #take({ username }: Account, before: Slot | undefined): Taken {
    if (before?.instance.options.owner !== username) return takeFrom(this.#budget, username, 'consumer instances')
    before.taken.release()
    return this.#budget.charge(username, 1)
  }

  /** A closing instance stays in the map, so that its successor can wait for it. */
  #open(id: string): Instance | undefined {
    const instance = this.#slots.get(id)?.instance
    return instance?.closed ? undefined : instance
  }

  #free(id: string, slot: Slot): void {
    slot.taken.release()
    if (this.#slots.get(id) === slot) this.#slots.delete(id)
  }
}

interface Slot {
  instance: Instance
  taken: Taken
}

export type InstanceRequest = Pick<InstanceOptions, 'group' | 'name' | 'topics' | 'settings'>

const idOf = ({ group, name }: { group: string; name: string }): string => JSON.stringify([group, name])

const mayUse = (account: Account, { options }: Instance): boolean =>
  options.owner === account.username && options.topics.every((topic) => account.may('consume', topic))

const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((topic) => b.includes(topic))
