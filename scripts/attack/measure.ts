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
  /** Of booking and reading back, without and with the attack. */
  quietP99Ms: number
  p99Ms: number
  requests: number
  failures: string[]
  /** The parts that did not survive. */
  ended: Part[]
}

/** Measures the well-behaved client in quiet, then beside the attack, for so long each. */
export async function costOf(
  attack: Attack,
  target: Pick<Target, 'urls' | 'token' | 'ended'>,
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
  }
}

/** In a process of its own, so that it takes nothing from the client's. */
async function startAttack({ name }: Attack, attacked: Attacked): Promise<() => Promise<void>> {
  const program = join(import.meta.dirname, 'run-attack.ts')
  const child = spawn(process.execPath, [program, name, JSON.stringify(attacked)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return async () => {
    const exit = once(child, 'exit')
    child.stdin.end()
    await exit
  }
}
