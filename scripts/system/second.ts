import { Sentence } from '../terminal/terminal.ts'
import { holderOf } from './holder.mjs'

const LIMIT_MS = 2_000

/** Refuses to start beside a running Reservoir on the same port; any other process there is left to the check of the ports. */
export async function refuseSecond({ EDGE_PORT: port }: { EDGE_PORT: number }): Promise<void> {
  const origin = `http://localhost:${port}`
  if (port === 0 || !(await isReservoir(origin))) return
  throw new Sentence(
    `Reservoir already runs here, at ${origin}: ${await holderOf(port)}. Use it, end it, or set EDGE_PORT to another port.`,
  )
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
