import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { MUTANTS } from './mutants.ts'

const RUN = new URL('../../scripts/sim.ts', import.meta.url).pathname

/** Runs in a process, because a mutant changes the loaded source. */
async function run(...args: string[]): Promise<{ status: number; output: string }> {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>])
  return { status, output }
}

describe.concurrent('the simulated deciders, proposers and sinks', () => {
  test.each([1, 501])('keep every invariant in 500 schedules from seed %d', { timeout: 600_000 }, async (seed) => {
    const { status, output } = await run('--schedules', '500', '--seed', String(seed))
    expect(JSON.parse(output)).toMatchObject({ summary: { ran: 500, violating: 0 } })
    expect(status).toBe(0)
  })

  test.each(MUTANTS.map(({ rule, name }) => [rule, name] as const))(
    'violate an invariant when they break rule %d: %s',
    { timeout: 300_000 },
    async (_rule, name) => {
      const { status, output } = await run('--mutant', name, '--schedules', '2000', '--stop')
      expect(output).toMatch(/"seed":\d+,"violations":\["(I\d|an event)/)
      expect(status).toBe(1)
    },
  )

  test('fail again with a printed seed', { timeout: 300_000 }, async () => {
    const mutant = ['--mutant', 'moves positions for decided commands only', '--stop']
    const seed = /"seed":(\d+)/.exec((await run(...mutant)).output)?.[1] ?? 'none'
    const replayed = await run(...mutant, '--schedules', '1', '--seed', seed)
    expect(replayed.output).toContain(`"seed":${seed},`)
  })

  test('have a mutant for every rule', () => {
    expect(new Set(MUTANTS.map(({ rule }) => rule))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
  })
})
