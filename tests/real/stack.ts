import { describe, inject } from 'vitest'

/** The servers that all files of the project `real` share: names of topics, groups and databases must be one's own. */
export interface RunningStack {
  /** `host:port`. */
  brokers: string
  /** The broker's second listener: it is at `broker`, and tells clients 127.0.0.1 and `port`, where a proxy may listen. */
  faulty: { broker: string; port: number }
  mongodbUri: string
}

/** So that what is skipped is counted test by test: nobody is there. */
const NOWHERE: RunningStack = {
  brokers: '127.0.0.1:1',
  faulty: { broker: '127.0.0.1:1', port: 1 },
  mongodbUri: 'mongodb://127.0.0.1:1/',
}

/** Like `describe`, on the real servers; where there are none, its tests are skipped, and its title says why. */
export function describeReal(name: string, body: (stack: RunningStack) => void): void {
  const stack = inject('stack')
  if ('missing' in stack) describe.skip(`${name} (skipped: ${stack.missing})`, () => body(NOWHERE))
  else describe(name, () => body(stack))
}
