/** Prints a token for development. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { devKeys, type DevClaims } from './dev/keys.ts'

const USAGE = 'Usage: npm run -s token -- --role traveler|owner|admin --sub ID'

const isRole = (role: string | undefined): role is DevClaims['role'] =>
  role === 'traveler' || role === 'owner' || role === 'admin'

const claimsIn = (args: string[]): DevClaims => {
  const { role, sub } = parseArgs({ args, options: { role: { type: 'string' }, sub: { type: 'string' } } }).values
  if (!isRole(role)) throw new TypeError(role === undefined ? 'Whose role? Say --role.' : `There is no role ${role}.`)
  if (!sub) throw new TypeError('Whose token? Say --sub.')
  return { role, sub }
}

const refuse = (error: unknown): never => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  process.exit(2)
}

const claims = ((): DevClaims => {
  try {
    return claimsIn(process.argv.slice(2))
  } catch (error) {
    return refuse(error)
  }
})()
const { sign } = await devKeys(join(import.meta.dirname, '..'))
console.log(await sign(claims))
