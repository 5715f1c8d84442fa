/** `npm run dev`: the edge under `wrangler dev`, proxy and processor beside it; each restarts on change; one Ctrl-C ends all. */
import { once } from 'node:events'
import { join } from 'node:path'
import { describeDrivers, driverProblems } from '#processor/config.ts'
import { startChild } from './dev/children.ts'
import { loadEnvironment, ROOT } from './dev/environment.ts'
import { devKeys } from './dev/keys.ts'
import { edgeOn, variablesFor } from './dev/runtimes.ts'
import { readLocalConfig } from './system/config.ts'
import { refuseSecond } from './system/second.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

/** Node watches the files it has imported, wrangler those it has bundled. */
const SYSTEM = ['--watch', '--watch-preserve-output', join(ROOT, 'scripts/dev/system.ts')]

await npmCommand('dev', async (_, end) => {
  loadEnvironment()
  const config = readLocalConfig(process.env, driverProblems(process.env))
  if (config.PROXY_PORT === 0 || config.PROCESSOR_PORT === 0)
    throw new Sentence(
      'The edge needs the addresses of the others: set PROXY_PORT and PROCESSOR_PORT to fixed ports, not 0.',
    )
  await refuseSecond(config)
  const keys = await devKeys(ROOT)
  console.log(`The edge comes up at http://localhost:${config.EDGE_PORT}; Ctrl-C ends all.`)
  console.log(`Here ${describeDrivers(config, config)}.`)
  console.log('A token: npm run -s token -- --role traveler --sub traveler-1\n')
  const children = [
    startChild({ file: process.execPath, args: SYSTEM, env: {} }),
    startChild(edgeOn('workerd', variablesFor(config, keys)), { isQuietAtEnd: true }),
  ]
  await Promise.race([once(end, 'abort'), ...children.map(({ exit }) => exit)])
  if (!end.aborted) process.exitCode = 1
  await Promise.all(children.map((child) => child.end()))
})
