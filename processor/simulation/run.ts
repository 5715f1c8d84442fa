import { parseArgs } from 'node:util'
import { MUTANTS, plant } from './mutants.ts'

/**
 * npm run sim -- [--schedules 20000] [--seed 1] [--stop] [--mutant NAME]
 * Prints each violating seed as it is found; `--schedules 1 --seed N` replays one. Ends with 1 if there was any.
 */
const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    /** End at the first violation. */
    stop: { type: 'boolean', default: false },
    /** Break a rule, to see it noticed. */
    mutant: { type: 'string' },
  },
})
if (values.mutant) plant(MUTANTS.find(({ name }) => name === values.mutant)!)
const { simulate } = await import('./simulate.ts')

const schedules = Number(values.schedules)
const first = Number(values.seed)
if (!Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(first)) {
  console.error('Usage: npm run sim -- [--schedules 20000] [--seed 1] [--stop] [--mutant NAME]')
  process.exit(2)
}
const started = performance.now()
let violating = 0

for (let seed = first; seed < first + schedules; seed++) {
  const violations = await simulate(seed)
  if (violations.length > 0) {
    violating++
    console.log(`seed ${seed}: ${violations.join('; ')}`)
    if (values.stop) break
  }
  if (process.stderr.isTTY && seed % 100 === 0) process.stderr.write(`\r${seed - first} of ${schedules} schedules `)
}
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(`${violating} of ${schedules} schedules violate an invariant (${seconds} s)`)
process.exit(violating > 0 ? 1 : 0)
