/** One real stack for all files of the project `real`. If it cannot run, their titles say why. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { missing, startStack } from '../../scripts/stack/stack.ts'
import type { RunningStack } from './describe-real.ts'

/** Allows short sessions, so that tests need not wait long for dead members. */
const KAFKA_SETTINGS = { 'group.min.session.timeout.ms': '1000' }

declare module 'vitest' {
  interface ProvidedContext {
    stack: RunningStack | { missing: string }
  }
}

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const lacking = await missing()
  if (lacking) {
    project.provide('stack', { missing: whyMissing(lacking) })
    return undefined
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'reservoir-real-'))
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true })
  try {
    const stack = await startStack({ dataDir, kafkaSettings: KAFKA_SETTINGS, progress: report, onLost: report })
    const { brokers, faulty, mongodbUri } = stack
    project.provide('stack', { brokers, faulty, mongodbUri })
    return async () => {
      await stack.close('SIGKILL')
      await remove()
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** In CI a skipped test is a failure. */
function whyMissing(lacking: string): string {
  const reason = `this computer lacks ${lacking}`
  if (process.env['CI'] && process.env['CI'] !== 'false')
    throw new Error(`The tests on real servers cannot run: ${reason}. With CI set, skipped tests count as failed.`)
  report(`tests on real servers are skipped: ${reason}`)
  return reason
}

const report = (what: string): void => console.log(`Real stack: ${what}`)
