/** `npm run token`: prints a token for development. */
import { join } from 'node:path'
import { devKeys } from './dev/keys.ts'
import { npmCommand } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('token', async ({ values: { role, sub } }) => {
  const { sign } = await devKeys(ROOT)
  console.log(await sign({ role, sub }))
})
