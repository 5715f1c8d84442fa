/** What an account may use. An entry is a name, or a prefix followed by `*`. */
export interface Grants {
  /** Topics. */
  produce: readonly string[]
  /** Topics. */
  consume: readonly string[]
  /** Consumer groups. Without it the account may use every group that is granted to no other account. */
  groups?: readonly string[] | undefined
}

/** What an account does with a topic. */
export type Operation = 'produce' | 'consume'

export const FULL_ACCESS: Grants = { produce: ['*'], consume: ['*'], groups: ['*'] }

/** The consumer groups of our own processes. No account may use them: a member would take their partitions. */
const RESERVED_GROUP = /^booking-/

export const isReservedGroup = (group: string): boolean => RESERVED_GROUP.test(group)

type Matcher = (name: string) => boolean

/** Grants compiled for one check per message without allocation. */
export class Permissions {
  readonly #topics: Record<Operation, Matcher>
  readonly #grantsTopics: Record<Operation, boolean>
  readonly #groups: Matcher

  /** @param groupsOfOthers what the other accounts are granted */
  constructor({ produce, consume, groups }: Grants, groupsOfOthers: readonly string[] = []) {
    this.#topics = { produce: matcherOf(produce), consume: matcherOf(consume) }
    this.#grantsTopics = { produce: produce.length > 0, consume: consume.length > 0 }
    const isGranted = matcherOf(groups ?? [])
    const isOfOthers = matcherOf(groupsOfOthers)
    this.#groups = groups ? isGranted : (group) => !isOfOthers(group)
  }

  may(operation: Operation, topic: string): boolean {
    return this.#topics[operation](topic)
  }

  /** Whether there is any topic for the operation. */
  mayAny(operation: Operation): boolean {
    return this.#grantsTopics[operation]
  }

  mayUseGroup(group: string): boolean {
    return !isReservedGroup(group) && this.#groups(group)
  }

  /** A topic is visible to an account that may produce or consume it. */
  maySee(topic: string): boolean {
    return this.may('produce', topic) || this.may('consume', topic)
  }
}

function matcherOf(patterns: readonly string[]): Matcher {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  if (prefixes.includes('')) return () => true
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
