import { within } from '#platform/deadline.ts'
import { messageOf } from '#platform/log-line.ts'
import type { ApiDeps } from './deps.ts'

const LIMIT_MS = 2_000

/** Asks the log and the store. A sentence for each that fails or does not respond in time. */
export async function readinessFaults({ log, store }: Pick<ApiDeps, 'log' | 'store'>): Promise<string[]> {
  const checks = [faultOf('the log', log.topics()), faultOf('the store', store.get('checkpoints', 'readiness'))]
  return (await Promise.all(checks)).flat()
}

async function faultOf(what: string, call: Promise<unknown>): Promise<string[]> {
  try {
    await within(LIMIT_MS, call, () => new Error(`no response within ${LIMIT_MS / 1000} s`))
    return []
  } catch (error) {
    return [`${what}: ${messageOf(error)}`]
  }
}
