/** Loaded before a part of the system (`node --import`): breaks the rule that MUTANT names, to see it noticed. */
import { MUTANTS, plant } from '#processor/simulation/mutants.ts'

const name = process.env['MUTANT']
if (name) {
  const mutant = MUTANTS.find((one) => one.name === name)
  if (!mutant) throw new Error(`there is no mutant ${name}`)
  plant(mutant)
}
