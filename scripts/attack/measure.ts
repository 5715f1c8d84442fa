import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { percentile } from '../figures/percentile.ts'
import type { Attack, Attacked } from './attacks.ts'
import type { Part, Target } from './target.ts'
import type { WellBehaved } from './well-behaved.ts'

/** What an attack cost the well-behaved client. */
export interface Cost {
  attack: string
  /** Of booking and reading back, without and with the attack. NaN without samples; JSON turns that into null. */
  quietP99Ms: number
  p99Ms: number
  requests: number
  failures: string[]
  /** The parts that did not survive. */
  ended: Part[]
  /** Whether the kernel limited the memory of the parts. */
  isLimited: boolean
}

/** Measures the well-behaved client in quiet, then beside the attack, for so long each. */
export async function costOf(
  attack: Attack,
  target: Pick<Target, 'urls' | 'token' | 'ended' | 'isLimited'>,
  client: WellBehaved,
  forMs: number,
): Promise<Cost> {
  const quiet = await client.work(forMs)
  const stop = await startAttack(attack, {
    edge: target.urls.edge,
    proxy: target.urls.proxy,
    tokens: { traveler: await target.token('traveler', 'intruder'), owner: await target.token('owner', 'intruder') },
  })
  const { samples, failures } = await client.work(forMs)
  await stop()
  return {
    attack: attack.name,
    quietP99Ms: percentile(quiet.samples, 0.99),
    p99Ms: percentile(samples, 0.99),
    requests: samples.length + failures.length,
    failures,
    ended: target.ended(),
    isLimited: target.isLimited,
  }
}

/** In a process of its own, so that it takes nothing from the client's. The end fails if the attack did not last until then. */
async function startAttack({ name }: Attack, attacked: Attacked): Promise<() => Promise<void>> {
  const program = join(import.meta.dirname, 'run-attack.ts')
  const child = spawn(process.execPath, [program, name, JSON.stringify(attacked)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // The pipe of a process that has ended is closed.
  child.stdin.on('error', () => {})
  const ended = (async () => {
    const [code, signal] = await once(child, 'exit')
    if (code !== 0) throw new Error(`The attack ${name} has ended early (${signal ?? `exit code ${code}`}).`)
  })()
  await Promise.race([once(child.stdout, 'data'), ended])
  return async () => {
    child.stdin.end()
    await ended
  }
}
