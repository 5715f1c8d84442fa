import { describe } from 'vitest'
import { findSchemathesis, type Schemathesis } from './run.ts'

const found = await findSchemathesis()

/** Like `describe`, with Schemathesis. Without it the tests are skipped, and the title gives the reason; in CI they fail. */
export function describeDocuments(name: string, body: (schemathesis: Schemathesis) => void): void {
  if (!('lack' in found)) describe(name, () => body(found))
  else if (process.env['CI'] && process.env['CI'] !== 'false') throw new Error(found.lack)
  else describe.skip(`${name} (skipped: ${found.lack})`, () => body(NOTHING))
}

const NOTHING: Schemathesis = () => Promise.resolve('')
