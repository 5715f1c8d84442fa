/** `npm run token`: prints a token for development. */
import { join } from 'node:path'
import { Subject } from '#domain/actor.ts'
import { devKeys } from './dev/keys.ts'
import { loadEnvFile } from './system/env-file.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('token', async ({ values: { role, sub } }) => {
  loadEnvFile()
  const { error } = Subject.safeParse(sub)
  if (error) throw new Sentence(`--sub ${error.issues[0]!.message}.`, 2)
  const { sign } = await devKeys(ROOT)
  console.log(await sign({ role, sub }))
})
