import type { Log } from '#log/log.ts'
import type { Account } from '../accounts/account.ts'
import { Instance, type InstanceOptions } from './instance.ts'
import type { Limits } from '../limits.ts'
import { LOG_LIMIT_MS, within } from '../upkeep/patient-log.ts'
import { busy, Problem } from '../http/errors.ts'

/** Every instance this proxy knows, by group and name. They are made by their first call and end when nobody calls. */
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

  /** The instance as it is, or a new one. With other topics a new one takes its place and keeps its settings. */
  open(account: Account, asked: Asked): Instance {
    const id = idOf(asked)
    const present = this.#usable(account, id)
    if (present !== undefined && sameTopics(present.options.topics, asked.topics)) return present
    return this.#make(id, { ...asked, settings: present?.options.settings ?? asked.settings })
  }

  /** A new one in any case: what the present one has handed out and not committed comes again. */
  renew(account: Account, asked: Asked): Instance {
    const id = idOf(asked)
    this.#usable(account, id)
    return this.#make(id, asked)
  }

  /** What an account may not consume is not there for it. */
  get(account: Account, group: string, name: string): Instance {
    const instance = this.#living(idOf({ group, name }))
    if (instance !== undefined && mayUse(account, instance)) return instance
    throw new Problem(404, `group ${group} has no instance ${name}`)
  }

  async remove(account: Account, group: string, name: string): Promise<void> {
    await within(LOG_LIMIT_MS, this.get(account, group, name).close(), () => busy('the instance is still ending'))
  }

  all(): Instance[] {
    return [...this.#instances.keys()].flatMap((id) => this.#living(id) ?? [])
  }

  visible(account: Account): Instance[] {
    return this.all().filter((instance) => mayUse(account, instance))
  }

  #usable(account: Account, id: string): Instance | undefined {
    const present = this.#living(id)
    if (present === undefined || mayUse(account, present)) return present
    throw new Problem(403, `${account.username} may not consume what instance ${present.options.name} does`)
  }

  #make(id: string, asked: Asked): Instance {
    const before = this.#instances.get(id)
    if (before === undefined && this.#instances.size >= this.#limits.instances) {
      throw busy(`there are ${this.#limits.instances} consumer instances already`)
    }
    const closed = (): void => this.#forget(id, instance)
    const { idleMs } = this.#limits
    const instance = new Instance({ ...asked, log: this.#log, idleMs, after: before?.close(), closed })
    this.#instances.set(id, instance)
    return instance
  }

  /** One that is ending stays in the map, so that its successor can wait for the end. */
  #living(id: string): Instance | undefined {
    const instance = this.#instances.get(id)
    return instance?.closed ? undefined : instance
  }

  async close(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()))
  }

  #forget(id: string, instance: Instance): void {
    if (this.#instances.get(id) === instance) this.#instances.delete(id)
  }
}

export type Asked = Pick<InstanceOptions, 'group' | 'name' | 'topics' | 'settings'>

const idOf = ({ group, name }: { group: string; name: string }): string => JSON.stringify([group, name])

const mayUse = (account: Account, { options }: Instance): boolean =>
  options.topics.every((topic) => account.may('consume', topic))

const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((topic) => b.includes(topic))
