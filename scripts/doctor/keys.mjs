/** Checks the key that signs tokens for development, and the tokens in the environment. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, wrong } from './report.mjs'

const FILE = '.dev-key.json'

/** Returns the key's id, null if there is no file, or undefined if the file is not a valid key. */
export const readKeyId = (root) => {
  try {
    const { kid, x, d } = JSON.parse(readFileSync(join(root, FILE), 'utf8'))
    return x && d ? kid : undefined
  } catch (error) {
    return error.code === 'ENOENT' ? null : undefined
  }
}

/** @param kid the result of {@link readKeyId} */
export const checkKey = (kid) => {
  if (kid === null) return ok('key', `${FILE} is created on first use`)
  if (kid !== undefined) return ok('key', `${FILE} is valid`)
  return wrong(
    'key',
    `${FILE} is not a valid key, or you may not read it`,
    'remove it; the next start creates a new one',
  )
}

const VARIABLES = ['TRAVELER_TOKEN', 'OWNER_TOKEN', 'ADMIN_TOKEN']

export const checkTokens = (env, settings, now) =>
  VARIABLES.filter((name) => env[name]).map((name) => checkToken(name, env[name], settings, now))

const checkToken = (name, token, { issuer, audience, kid }, now) => {
  const header = partOf(token, 0)
  const claims = partOf(token, 1)
  const { role = name.split('_')[0].toLowerCase(), sub = `${role}-1` } = claims ?? {}
  const fault = (problem) =>
    wrong('token', `${name} ${problem}`, `export ${name}=$(npm run -s token -- --role ${role} --sub ${sub})`)
  if (!header || !Number.isFinite(claims?.exp)) return fault('is not a Reservoir token')
  if (claims.exp * 1_000 <= now) return fault(`expired at ${new Date(claims.exp * 1_000).toISOString()}`)
  if (claims.iss !== issuer) return fault(`has the issuer ${claims.iss}, but JWT_ISSUER is ${issuer}`)
  if (![claims.aud].flat().includes(audience))
    return fault(`has the audience ${claims.aud}, but JWT_AUDIENCE is ${audience}`)
  if (kid && header.kid !== kid) return fault(`was not signed with the key in ${FILE}`)
  return ok('token', `${name} is valid for ${role} ${sub} until ${new Date(claims.exp * 1_000).toISOString()}`)
}

const partOf = (token, index) => {
  try {
    return JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
