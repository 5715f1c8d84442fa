import { describe } from 'vitest'
import { describeReal, type RunningStack } from '../real/describe-real.ts'
import { findTools, type Tools } from './tools.ts'

const found = await findTools()

/** Like `describeReal`, but also with the tools that render overlays. Without the tools the tests are skipped; in CI they fail. */
export function describeCluster(name: string, body: (stack: RunningStack, tools: Tools) => void): void {
  if (!('lack' in found)) describeReal(name, (stack) => body(stack, found))
  else if (process.env['CI']) throw new Error(found.lack)
  else describe.skip(`${name} (skipped: ${found.lack})`, () => describeReal(name, (stack) => body(stack, NO_TOOLS)))
}

const NO_TOOLS: Tools = { kubectl: '', schemas: '' }
