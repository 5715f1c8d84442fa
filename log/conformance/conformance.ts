import { closingCases } from './closing.ts'
import { groupCases, memberCases } from './groups.ts'
import { offsetCases } from './offsets.ts'
import { readingCases } from './reading.ts'
import { about, checkWith, type Lacks, type Open } from './scene.ts'
import { sendingCases } from './sending.ts'

export type { Ability, Harness, Lacks, Open } from './scene.ts'

/**
 * One suite for every driver of the log: it checks the promises of `log.ts`. A driver's test is this call and how to
 * open the driver. Missing abilities are declared with a reason, which appears in the title of each skipped case.
 */
export function describeLog(name: string, open: Open, { lacks = {} }: { lacks?: Lacks } = {}): void {
  const check = checkWith(open, lacks)
  about(name, () => {
    about('sending', () => sendingCases(check))
    about('reading', () => readingCases(check))
    about('a member of a group', () => memberCases(check))
    about('setting the offsets of a group', () => offsetCases(check))
    about('several members and groups', () => groupCases(check))
    about('restarting and closing', () => closingCases(check))
  })
}
