import { afterAll, beforeAll, expect, test } from 'vitest'
import { ATTACKS } from '../../scripts/attack/attacks.ts'
import { costOf } from '../../scripts/attack/measure.ts'
import { startTarget, type Target } from '../../scripts/attack/target.ts'
import { wellBehaved, type WellBehaved } from '../../scripts/attack/well-behaved.ts'
import { COMMANDS } from '../../scripts/commands/table.mjs'
import { describeReal } from './describe-real.ts'

const MEMORY_MIB = 256
/** Too short for a figure; `npm run attack` measures. */
const ATTACK_MS = 2_000

describeReal('A system under attack', ({ brokers, mongodbUri }) => {
  let target: Target
  let client: WellBehaved

  beforeAll(async () => {
    target = await startTarget({ brokers, mongodbUri: `${mongodbUri}attacked_${Date.now()}` }, MEMORY_MIB)
    client = await wellBehaved(target)
  }, 120_000)

  afterAll(() => target.close(), 30_000)

  test.each(ATTACKS)(
    'serves others while $about',
    async (attack) => {
      const { failures, requests, ended } = await costOf(attack, target, client, ATTACK_MS)
      expect({ failures, ended }).toEqual({ failures: [], ended: [] })
      expect(requests).toBeGreaterThan(0)
    },
    60_000,
  )

  test('the command offers every attack', () => {
    for (const { name } of ATTACKS) expect(COMMANDS.attack.argument.about).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
