import type { z } from 'zod'
import { type Environment, text, url } from './settings.ts'
import { remoteKeys } from './remote-keys.ts'
import { KeySetText, localKeys, type TokenSource } from './tokens.ts'

/** Part of the schema of each process that verifies tokens. */
export const TOKEN_SETTINGS = {
  JWT_ISSUER: text('the issuer of the tokens (iss)'),
  JWT_AUDIENCE: text('the audience of the tokens (aud)'),
  JWT_JWKS: KeySetText.optional(),
  JWT_JWKS_URL: url('the public keys').optional(),
}

type TokenSettings = z.infer<z.ZodObject<typeof TOKEN_SETTINGS>>

/** Problems between these settings, for `readSettings`. */
export const tokenProblems = ({ JWT_JWKS: keys, JWT_JWKS_URL: keysUrl }: Environment): string[] =>
  keys || keysUrl ? [] : ['JWT_JWKS or JWT_JWKS_URL is missing: the public keys']

/** @param settings without {@link tokenProblems} */
export function tokenSourceOf({ JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS, JWT_JWKS_URL }: TokenSettings): TokenSource {
  const rules = { issuer: JWT_ISSUER, audience: JWT_AUDIENCE }
  if (JWT_JWKS) return { ...rules, keys: localKeys(JWT_JWKS) }
  const { find, fault } = remoteKeys(JWT_JWKS_URL!)
  return { ...rules, keys: find, keysFault: fault }
}
