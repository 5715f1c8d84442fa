/** `npm run sim`: simulated schedules; prints each seed that violates an invariant, and exits with 1 if there was one. */
import { MUTANTS, plant } from '#processor/simulation/mutants.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

await npmCommand('sim', async ({ values: { schedules, seed: first, stop, mutant } }, end) => {
  if (mutant !== undefined) plant(mutantNamed(mutant))
  // After the mutant is planted: the simulation imports what it changes.
  const { simulate } = await import('#processor/simulation/simulate.ts')
  const started = performance.now()
  let [ran, violating] = [0, 0]
  for (let seed = first; seed < first + schedules && !end.aborted; seed++) {
    const violations = await simulate(seed)
    ran++
    if (violations.length > 0) {
      violating++
      report({ seed, violations })
      if (stop) break
    }
    // The simulation makes no real I/O, so signals are handled only here.
    if (seed % 50 === 0) await new Promise(setImmediate)
    if (process.stderr.isTTY && ran % 100 === 0) process.stderr.write(`\r${ran} of ${schedules} schedules `)
  }
  if (process.stderr.isTTY) process.stderr.write('\r')
  summarize({ ran, violating, seconds: (performance.now() - started) / 1000 })
  if (violating > 0) process.exitCode = 1
})

function mutantNamed(name: string): (typeof MUTANTS)[number] {
  const mutant = MUTANTS.find((one) => one.name === name)
  if (mutant) return mutant
  throw new Sentence(`There is no mutant ${name}. There are:\n${MUTANTS.map((one) => `  ${one.name}`).join('\n')}`, 2)
}

function report(found: { seed: number; violations: readonly string[] }): void {
  const { seed, violations } = found
  console.log(process.stdout.isTTY ? `seed ${seed}: ${violations.join('; ')}` : JSON.stringify(found))
}

function summarize(summary: { ran: number; violating: number; seconds: number }): void {
  const { ran, violating, seconds } = summary
  const text = `${violating} of ${ran} schedules violate an invariant (${seconds.toFixed(1)} s)`
  console.log(
    process.stdout.isTTY ? text : JSON.stringify({ summary: { ...summary, seconds: Number(seconds.toFixed(1)) } }),
  )
}
