import type { Log } from '#log/log.ts'
import { Instance, type InstanceSettings } from './instance.ts'
import { Problem } from './problem.ts'

/** Every instance this proxy knows, by group and name. They are made by their first call and end when nobody calls. */
export class Instances {
  readonly #log: Log
  readonly #idleMs: number
  readonly #instances = new Map<string, Instance>()

  constructor(log: Log, idleMs: number) {
    this.#log = log
    this.#idleMs = idleMs
  }

  /** The instance as it is, or a new one. With other topics a new one takes its place and keeps its settings. */
  open(group: string, name: string, topics: readonly string[], settings: InstanceSettings): Instance {
    const id = idOf(group, name)
    const present = this.#living(id)
    if (present !== undefined && sameTopics(present.options.topics, topics)) return present
    const after = this.#instances.get(id)?.close()
    const kept = present?.options.settings ?? settings
    const closed = (): void => this.#forget(id, instance)
    const place = { log: this.#log, group, name, topics, idleMs: this.#idleMs }
    const instance = new Instance({ ...place, settings: kept, after, closed })
    this.#instances.set(id, instance)
    return instance
  }

  get(group: string, name: string): Instance {
    const instance = this.#living(idOf(group, name))
    if (instance === undefined) throw new Problem(404, `group ${group} has no instance ${name}`)
    return instance
  }

  async remove(group: string, name: string): Promise<void> {
    await this.get(group, name).close()
  }

  all(): Instance[] {
    return [...this.#instances.keys()].flatMap((id) => this.#living(id) ?? [])
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

const idOf = (group: string, name: string): string => JSON.stringify([group, name])

const sameTopics = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((topic) => b.includes(topic))
