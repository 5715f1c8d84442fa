import { z } from 'zod'
import { type Principal, PrincipalClaims } from './actor.ts'
import { ProblemError } from './problems.ts'

/**
 * The rules of tokens, in one place for everyone who verifies them; the verification itself waits, so it is where HTTP is.
 * Algorithms never come from the token: neither `none` nor a public key taken for a secret can be asked for.
 */
export const TOKEN_RULES = {
  algorithms: ['EdDSA', 'ES256'],
  requiredClaims: ['exp', 'sub'],
  clockToleranceSeconds: 30,
}

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })

/** The keys that tokens are verified by, as text in a setting. */
export const PublicKeys = z.string().transform((text, context): z.infer<typeof KeySet> => {
  try {
    return KeySet.parse(JSON.parse(text))
  } catch {
    context.addIssue('is not a JSON Web Key Set: it looks like {"keys":[{"kty":…}]}')
    return z.NEVER
  }
})

const MAX_TOKEN_CHARS = 8_192

export function tokenIn(authorization: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (!token) throw unauthenticated('Send Authorization: Bearer <token>.')
  if (token.length > MAX_TOKEN_CHARS) throw unauthenticated('The token is too long.')
  return token
}

/** Of a token that has been verified. */
export function principalIn(claims: unknown): Principal {
  const read = PrincipalClaims.safeParse(claims)
  if (!read.success) throw unauthenticated('The token names no subject or no role of ours.')
  return { role: read.data.role, id: read.data.sub }
}

/** @param code of the library's error */
export const unverified = (code: string | undefined): ProblemError =>
  unauthenticated(code === 'ERR_JWT_EXPIRED' ? 'The token has expired; get a new one.' : 'The token is not valid.')

const unauthenticated = (detail: string): ProblemError => new ProblemError('unauthenticated', { detail })
