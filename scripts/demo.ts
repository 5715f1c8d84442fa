/** `npm run demo`: travelers and an owner at work on a running system, and a live table of the results. */
import { join } from 'node:path'
import { createActors } from './demo/actors.ts'
import { LISTINGS, OWNER } from './demo/listings.ts'
import { openScreen } from './demo/screen.ts'
import { makeTraffic } from './demo/traffic.ts'
import { devKeys } from './dev/keys.ts'
import { readLocalConfig } from './system/config.ts'
import { loadEnvFile } from './system/env-file.ts'
import { npmCommand } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('demo', async ({ values: { rate, seconds } }, end) => {
  loadEnvFile()
  const origin = `http://localhost:${readLocalConfig(process.env).EDGE_PORT}`
  const { sign } = await devKeys(ROOT)
  const actors = createActors(origin, sign)
  await actors.publish(OWNER, LISTINGS)

  const screen = openScreen((elapsed) => titleOf({ origin, rate, seconds, elapsed }))
  const { report } = screen
  await makeTraffic({ actors, owner: OWNER, listings: LISTINGS, rate, seconds, chance: Math.random, report }, end)
  if (!screen.close()) process.exitCode = 1
})

interface Progress {
  origin: string
  rate: number
  seconds: number
  elapsed: number
}

/** The last answers arrive after the end of the traffic. */
function titleOf({ origin, rate, seconds, elapsed }: Progress): string {
  return `${origin}  ${rate} a second  ${Math.min(elapsed, seconds)} of ${seconds} s  Ctrl-C ends it`
}
