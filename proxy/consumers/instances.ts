import type { Log } from '#log/log.ts'
import type { Account } from '../accounts/account.ts'
import { HttpError, unavailable } from '../http/errors.ts'
import type { Limits } from '../limits.ts'
import { within } from '#platform/deadline.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import { Instance, type InstanceOptions } from './instance.ts'

/** The instances of this process, by group and name. The first call of a name creates one. */
export class Instances {
  readonly #log: Log
  readonly #limits: Limits
  readonly #instances = new Map<string, Instance>()

  constructor(log: Log, limits: Limits) {
    this.#log = log
    this.#limits = limits
  }

  get size(): number {
    return this.#instances.size
  }

  /** The existing instance, or a new one. Other topics replace the instance and keep its settings. */
  open(account: Account, request: InstanceRequest): Instance {
    const id = idOf(request)
    const existing = this.#usable(account, id)
    if (existing !== undefined && sameTopics(existing.options.topics, request.topics)) return existing
    return this.#create(id, { ...request, settings: existing?.options.settings ?? request.settings })
  }

  /** Always a new instance: messages that the existing one handed out and did not commit are redelivered. */
  replace(account: Account, request: InstanceRequest): Instance {
    const id = idOf(request)
    this.#usable(account, id)
    return this.#create(id, request)
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
    return [...this.#instances.keys()].flatMap((id) => this.#open(id) ?? [])
  }

  visibleTo(account: Account): Instance[] {
    return this.all().filter((instance) => mayUse(account, instance))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()))
  }

  #usable(account: Account, id: string): Instance | undefined {
    const existing = this.#open(id)
    if (existing === undefined || mayUse(account, existing)) return existing
    throw new HttpError(403, `${account.username} may not consume all topics of instance ${existing.options.name}`)
  }

  #create(id: string, request: InstanceRequest): Instance {
    const before = this.#instances.get(id)
    const { instances: limit, idleMs } = this.#limits
    if (before === undefined && this.#instances.size >= limit) {
      throw unavailable(`the limit of ${limit} consumer instances is reached`)
    }
    const closed = (): void => this.#forget(id, instance)
    const instance = new Instance({ ...request, log: this.#log, idleMs, after: before?.close(), closed })
    this.#instances.set(id, instance)
    return instance
  }

  /** A closing instance stays in the map, so that its successor can wait for it. */
  #open(id: string): Instance | undefined {
    const instance = this.#instances.get(id)
    return instance?.closed ? undefined : instance
  }

  #forget(id: string, instance: Instance): void {
    if (this.#instances.get(id) === instance) this.#instances.delete(id)
  }
}

export type InstanceRequest = Pick<InstanceOptions, 'group' | 'name' | 'topics' | 'settings'>

const idOf = ({ group, name }: { group: string; name: string }): string => JSON.stringify([group, name])

const mayUse = (account: Account, { options }: Instance): boolean =>
  options.topics.every((topic) => account.may('consume', topic))

const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((topic) => b.includes(topic))
