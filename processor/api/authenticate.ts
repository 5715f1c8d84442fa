import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Principal } from '#domain/actor.ts'
import { principalIn, TOKEN_RULES, tokenIn, unverified } from '#platform/tokens.ts'

export interface TokenSource {
  /** The pinned keys; a token names one of them by `kid`, and nothing else that it names is believed. */
  keys: JWTVerifyGetKey
  issuer: string
  audience: string
}

/** Who asks; a problem if that is not proven. The edge has verified the token already: this does not rely on it. */
export async function authenticate(
  header: string | undefined,
  { keys, issuer, audience }: TokenSource,
): Promise<Principal> {
  const token = tokenIn(header)
  const { algorithms, requiredClaims, clockToleranceSeconds: clockTolerance } = TOKEN_RULES
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms, requiredClaims, clockTolerance })
    return principalIn(payload)
  } catch (error) {
    throw error instanceof errors.JOSEError ? unverified(error.code) : error
  }
}
