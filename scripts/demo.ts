/** `npm run demo [-- --rate 5 --seconds 60]`: travelers and an owner at work on a system that runs, and a table of it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createActors } from './demo/actors.ts'
import { DEMO_OWNER } from '#processor/upkeep/demo-listings.ts'
import { openScreen } from './demo/screen.ts'
import { makeTraffic } from './demo/traffic.ts'
import { devKeys } from './dev/keys.ts'
import { readLocalConfig } from './system/config.ts'
import { command, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV_FILE = join(ROOT, '.env')

const OPTIONS = { rate: { type: 'string', default: '5' }, seconds: { type: 'string', default: '60' } } as const

await command(async (end) => {
  const { values } = parseArgs({ options: OPTIONS })
  const rate = numberOf('--rate', values.rate, 0.1, 100)
  const seconds = numberOf('--seconds', values.seconds, 1, 3_600)
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const origin = `http://localhost:${readLocalConfig(process.env).EDGE_PORT}`
  const { sign } = await devKeys(ROOT)
  const actors = createActors(origin, sign)
  const listings = await actors.listings(DEMO_OWNER)
  if (listings.length === 0) throw new Sentence(`${origin} has no listings of ${DEMO_OWNER}: npm start publishes some.`)

  const screen = openScreen((s) => `${origin}   ${rate} a second   ${s} of ${seconds} s   Ctrl-C ends it`)
  const { tell } = screen
  await makeTraffic({ actors, owner: DEMO_OWNER, listings, rate, seconds, chance: Math.random, tell }, end)
  if (!screen.close()) process.exitCode = 1
})

function numberOf(option: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (number >= least && number <= most) return number
  throw new Sentence(`${option} is a number from ${least} to ${most}, not ${text}.`, 2)
}
