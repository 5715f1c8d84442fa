/**
 * Bearer tokens: signed JWTs of an identity provider. The algorithms are pinned here and never taken from the token, so a token
 * can ask neither for `none` nor for a public key to be used as a shared secret.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { parsedJson } from './json.ts'
import { ProblemError, PROBLEMS } from './problems.ts'

export interface TokenSource {
  /** The trusted keys. A token selects one of them by `kid`; nothing else in its header is trusted. */
  keys: JWTVerifyGetKey
  issuer: string
  audience: string
  /** A sentence while no token can be verified, because the keys could not be fetched; absent if they are not fetched. */
  keysFault?: () => Promise<string | undefined>
}

const RULES = { algorithms: ['EdDSA', 'ES256'], requiredClaims: ['exp', 'sub'], clockTolerance: 30 }

const MAX_TOKEN_CHARS = 8_192

/**
 * Verifies the token of an `Authorization` header.
 * @param claims reads the token's claims; claims that it rejects are not a valid token
 * @throws ProblemError `unauthenticated`, or `keys_unavailable` if the token could not be verified
 */
export async function authenticate<Principal>(
  header: string | undefined,
  { keys, issuer, audience }: TokenSource,
  claims: z.ZodType<Principal>,
): Promise<Principal> {
  const payload = await verified(tokenIn(header), keys, { issuer, audience, ...RULES })
  const { success, data } = claims.safeParse(payload)
  if (!success) throw unauthenticated('The token has no valid subject or role.')
  return data
}

async function verified(token: string, ...rules: [JWTVerifyGetKey, Parameters<typeof jwtVerify>[2]]): Promise<unknown> {
  try {
    return (await jwtVerify(token, ...rules)).payload
  } catch (error) {
    // Keys that could not be fetched are not the token's fault.
    if (!(error instanceof errors.JOSEError)) throw error
    const isExpired = error instanceof errors.JWTExpired
    throw unauthenticated(isExpired ? 'The token has expired; get a new one.' : 'The token is not valid.')
  }
}

function tokenIn(authorization: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (!token) throw unauthenticated('Send Authorization: Bearer <token>.')
  if (token.length > MAX_TOKEN_CHARS) throw unauthenticated(`The token exceeds ${MAX_TOKEN_CHARS} characters.`)
  return token
}

const unauthenticated = (detail: string): ProblemError => new ProblemError(PROBLEMS.unauthenticated, { detail })

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })
export type { JSONWebKeySet }

/** Whether a key fits one of the accepted algorithms. */
const canVerify = ({ kty, crv }: Record<string, unknown>): boolean =>
  (kty === 'OKP' && crv === 'Ed25519') || (kty === 'EC' && crv === 'P-256')

/** A JSON Web Key Set, as the text of a setting. */
export const KeySetText = z.string().transform((text, context): z.infer<typeof KeySet> => {
  const set = KeySet.safeParse(parsedJson(text)).data
  if (!set) context.addIssue('is not a JSON Web Key Set such as {"keys":[{"kty":…}]}')
  else if (!set.keys.some(canVerify)) context.addIssue(`has no key for ${RULES.algorithms.join(' or ')}`)
  return set ?? z.NEVER
})

export const localKeys = (keys: JSONWebKeySet): JWTVerifyGetKey => createLocalJWKSet(keys)
