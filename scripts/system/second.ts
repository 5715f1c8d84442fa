import { messageOf } from '#platform/log-line.ts'
import { Sentence } from '../terminal/terminal.ts'
import type { LocalConfig } from './config.ts'
import { refuseLocked } from './data-folder.ts'
import { refuseTaken } from './serve.ts'

const LIMIT_MS = 2_000

type PortName = 'EDGE_PORT' | 'PROXY_PORT' | 'PROCESSOR_PORT'

/** Refuses to start while other processes have a port or the data folder. Names everything that is in use at once. */
export async function refuseSecond(
  config: LocalConfig,
  names: readonly PortName[] = ['EDGE_PORT', 'PROXY_PORT', 'PROCESSOR_PORT'],
): Promise<void> {
  const ports = Object.fromEntries(names.map((name) => [name, config[name]]))
  const tried = await Promise.allSettled([refuseTaken(ports), refuseLocked(config)])
  const reasons = tried.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []))
  if (reasons.length === 0) return
  const origin = `http://localhost:${config.EDGE_PORT}`
  if (await isReservoir(origin))
    reasons.push(`If that is npm start or npm run dev: end it, or use the running system at ${origin}.`)
  throw new Sentence(reasons.join('\n'))
}

async function isReservoir(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(LIMIT_MS) })
    const { service } = (await response.json()) as { service?: string }
    return service === 'edge'
  } catch {
    return false
  }
}
