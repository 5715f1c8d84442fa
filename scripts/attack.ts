/** `npm run attack`: attacks a system whose processes have the memory of a pod, and measures a well-behaved client beside it. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Attack, ATTACKS } from './attack/attacks.ts'
import { costOf } from './attack/measure.ts'
import { describeCost, heading, isHarmless } from './attack/report.ts'
import { startTarget } from './attack/target.ts'
import { wellBehaved } from './attack/well-behaved.ts'
import { missing, startStack } from './stack/stack.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

await npmCommand('attack', async ({ values: { seconds, memory }, positionals }, end) => {
  const chosen = positionals.length === 0 ? ATTACKS : positionals.map(attackNamed)
  const lacking = await missing()
  if (lacking) throw new Sentence(`npm run attack needs real servers, but this computer lacks ${lacking}.`)
  const dataDir = await mkdtemp(join(tmpdir(), 'reservoir-attack-stack-'))
  const report = (text: string) => process.stderr.isTTY && process.stderr.write(`${text}\n`)
  const stack = await startStack({ dataDir, progress: report, onLost: report })
  try {
    const stopped = once(end, 'abort').then(() => undefined)
    for (const attack of chosen) {
      if (end.aborted) break
      // Each attack meets a fresh system, so that one that kills a process does not hide the next.
      const target = await startTarget({ ...stack, mongodbUri: `${stack.mongodbUri}attack_${attack.name}` }, memory)
      try {
        if (attack === chosen[0]) report(heading(memory, target))
        const measured = costOf(attack, target, await wellBehaved(target), seconds * 1_000)
        const cost = await Promise.race([measured, stopped])
        if (!cost) break
        console.log(process.stdout.isTTY ? describeCost(cost, process.stdout) : JSON.stringify(cost))
        if (!isHarmless(cost)) process.exitCode = 1
      } finally {
        await target.close()
      }
    }
  } finally {
    await stack.close('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
})

function attackNamed(name: string): Attack {
  const attack = ATTACKS.find((one) => one.name === name)
  if (attack) return attack
  throw new Sentence(`There is no attack ${name}. There are:\n${ATTACKS.map((one) => `  ${one.name}`).join('\n')}`, 2)
}
