import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type Principal, PrincipalClaims, principalOf } from '#domain/actor.ts'
import { ProblemError } from '#domain/problems.ts'

export interface TokenRules {
  /** The pinned keys; a token names one of them by `kid`, and nothing else of what it names is believed. */
  keys: JWTVerifyGetKey
  issuer: string
  audience: string
}

/** Never from the token: so neither `none` nor a public key taken for a secret can be asked for. */
const ALGORITHMS = ['EdDSA', 'ES256']

const MAX_TOKEN_CHARS = 8_192

/** Who sends the request; a problem `unauthenticated` if that is not proven. The edge has asked already: this asks again. */
export async function authenticate(
  header: string | undefined,
  { keys, issuer, audience }: TokenRules,
): Promise<Principal> {
  const token = /^Bearer ([\w.-]+)$/i.exec(header ?? '')?.[1]
  if (!token) throw new ProblemError('unauthenticated', { detail: 'Send Authorization: Bearer <token>.' })
  if (token.length > MAX_TOKEN_CHARS) throw new ProblemError('unauthenticated', { detail: 'The token is too long.' })
  try {
    const rules = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['exp', 'sub'], clockTolerance: 30 }
    const { payload } = await jwtVerify(token, keys, rules)
    return principalOf(PrincipalClaims.parse(payload))
  } catch (error) {
    const detail =
      error instanceof errors.JWTExpired ? 'The token has expired; get a new one.' : 'The token is not valid.'
    throw new ProblemError('unauthenticated', { detail })
  }
}
