import { describe, inject } from 'vitest'

/** The servers that all files of the project `real` share. Each test uses unique topics, groups and databases. */
export interface RunningStack {
  /** `host:port`. */
  brokers: string
  /** The broker's second listener at `broker`. It advertises 127.0.0.1:`port`, where a fault proxy may listen. */
  faulty: { broker: string; port: number }
  mongodbUri: string
}

/** Addresses for skipped tests, which are registered one by one. */
const NOWHERE: RunningStack = {
  brokers: '127.0.0.1:1',
  faulty: { broker: '127.0.0.1:1', port: 1 },
  mongodbUri: 'mongodb://127.0.0.1:1/',
}

/** Like `describe`, with the real servers. Without them its tests are skipped, and the title gives the reason. */
export function describeReal(name: string, body: (stack: RunningStack) => void): void {
  const stack = inject('stack')
  if ('missing' in stack) describe.skip(`${name} (skipped: ${stack.missing})`, () => body(NOWHERE))
  else describe(name, () => body(stack))
}
