/** The key that signs tokens for development, and tokens that lie in the environment. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ok, wrong } from './report.mjs'

const FILE = '.dev-key.json'

/** Its id, or undefined if there is none to be had. */
export const readKeyId = (root) => {
  try {
    const { kid, x, d } = JSON.parse(readFileSync(join(root, FILE), 'utf8'))
    return x && d ? kid : undefined
  } catch (error) {
    return error.code === 'ENOENT' ? null : undefined
  }
}

/** @param kid null: there is no key yet */
export const checkKey = (kid) => {
  if (kid === null) return ok('key', `${FILE} is made when it is first needed`)
  if (kid !== undefined) return ok('key', `${FILE} can be read`)
  return wrong('key', `${FILE} is not a key, or not yours to read`, 'remove it, and a new one is made')
}

const VARIABLES = ['TRAVELER_TOKEN', 'OWNER_TOKEN', 'ADMIN_TOKEN']

export const checkTokens = (env, settings, now) =>
  VARIABLES.filter((name) => env[name]).map((name) => checkToken(name, env[name], settings, now))

const checkToken = (name, token, { issuer, audience, kid }, now) => {
  const header = partOf(token, 0)
  const claims = partOf(token, 1)
  const { role = name.split('_')[0].toLowerCase(), sub = `${role}-1` } = claims ?? {}
  const fault = (says) =>
    wrong('token', `${name} ${says}`, `export ${name}=$(npm run -s token -- --role ${role} --sub ${sub})`)
  if (!header || !Number.isFinite(claims?.exp)) return fault('is not a token of ours')
  if (claims.exp * 1_000 <= now) return fault(`expired at ${new Date(claims.exp * 1_000).toISOString()}`)
  if (claims.iss !== issuer) return fault(`comes from ${claims.iss}, and JWT_ISSUER is ${issuer}`)
  if (![claims.aud].flat().includes(audience)) return fault(`is for ${claims.aud}, and JWT_AUDIENCE is ${audience}`)
  if (kid && header.kid !== kid) return fault(`was signed by another key than that in ${FILE}`)
  return ok('token', `${name} is for ${role} ${sub}, until ${new Date(claims.exp * 1_000).toISOString()}`)
}

const partOf = (token, index) => {
  try {
    return JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
