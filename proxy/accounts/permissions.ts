/** Topics by operation. An entry is a topic name, or a prefix followed by `*`. */
export interface Grants {
  produce: readonly string[]
  consume: readonly string[]
}

export type Operation = keyof Grants

export const FULL_ACCESS: Grants = { produce: ['*'], consume: ['*'] }

type Matcher = (topic: string) => boolean

/** Grants compiled for one check per message without allocation. */
export class Permissions {
  readonly #matchers: Record<Operation, Matcher>

  constructor({ produce, consume }: Grants) {
    this.#matchers = { produce: matcherOf(produce), consume: matcherOf(consume) }
  }

  may(operation: Operation, topic: string): boolean {
    return this.#matchers[operation](topic)
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
  return (topic) => names.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix))
}
