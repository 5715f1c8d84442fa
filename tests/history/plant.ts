/** Loaded before a processor (`node --import`): breaks the rule that MUTANT names, to prove that the checks notice it. */
import { MUTANTS, plant } from '#processor/simulation/mutants.ts'

const name = process.env['MUTANT']
if (name) {
  const mutant = MUTANTS.find((one) => one.name === name)
  if (!mutant) throw new Error(`there is no mutant ${name}`)
  plant(mutant)
}
