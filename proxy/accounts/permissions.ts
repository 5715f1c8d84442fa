/** What a credential may do with topics. Each entry is a name, or with `*` at its end whatever begins so. */
export interface Grants {
  produce: readonly string[]
  consume: readonly string[]
}

export type Deed = keyof Grants

export const EVERYTHING: Grants = { produce: ['*'], consume: ['*'] }

type Check = (topic: string) => boolean

/** Grants as they are asked for at every request: prepared once, answered without allocating. */
export class Permissions {
  readonly #checks: Record<Deed, Check>

  constructor({ produce, consume }: Grants) {
    this.#checks = { produce: checkOf(produce), consume: checkOf(consume) }
  }

  may(deed: Deed, topic: string): boolean {
    return this.#checks[deed](topic)
  }

  /** Whoever may do anything with a topic may know that it is there. */
  maySee(topic: string): boolean {
    return this.may('produce', topic) || this.may('consume', topic)
  }
}

function checkOf(patterns: readonly string[]): Check {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  if (prefixes.includes('')) return () => true
  return (topic) => names.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix))
}
