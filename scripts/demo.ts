/** `npm run demo`: travelers and an owner at work on a running system, and a live table of the results. */
import { join } from 'node:path'
import { createActors } from './demo/actors.ts'
import { DEMO_OWNER } from '#processor/upkeep/demo-listings.ts'
import { openScreen } from './demo/screen.ts'
import { makeTraffic } from './demo/traffic.ts'
import { devKeys } from './dev/keys.ts'
import { readLocalConfig } from './system/config.ts'
import { loadEnvFile } from './system/env-file.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('demo', async ({ values: { rate, seconds } }, end) => {
  loadEnvFile()
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
