/** `npm run token`: prints a token for development. */
import { join } from 'node:path'
import { devKeys } from './dev/keys.ts'
import { loadEnvFile } from './system/env-file.ts'
import { npmCommand } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('token', async ({ values: { role, sub } }) => {
  loadEnvFile()
  const { sign } = await devKeys(ROOT)
  console.log(await sign({ role, sub }))
})
