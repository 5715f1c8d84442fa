import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Role } from '#domain/actor.ts'
import { createEdge } from '../app.ts'

/** For tests only: an edge with nobody behind it, and whoever signs its tokens. What gets past its door fails loudly. */

const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })

export const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }
export const tokens = { keys: createLocalJWKSet({ keys: [publicJwk] }), issuer: 'issuer', audience: 'audience' }

/** A good token; tests say what is different about theirs. */
export const tokenOf = (claims: object = {}, header: object = {}, key: SigningKey = privateKey): Promise<string> => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3_600
  const good = { sub: 'somebody', role: 'traveler', iss: 'issuer', aud: 'audience', exp: inAnHour }
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: 'k1', ...header }).sign(key)
}

type SigningKey = Parameters<SignJWT['sign']>[0]

export const bearer = async (role: Role = 'traveler'): Promise<{ Authorization: string }> => ({
  Authorization: `Bearer ${await tokenOf({ role })}`,
})

const nobody = (): never => {
  throw new Error('nobody is behind this edge')
}

export const edge = createEdge({
  commands: { append: nobody, check: nobody },
  query: { lookAhead: nobody, booking: nobody, receipt: nobody, ask: nobody, forward: nobody },
  tokens,
  allowPastDates: false,
  report: () => {},
})

/** The code of the problem that is answered; a request that got past the door is an internal error here. */
export async function problemOf(
  path: string,
  init: RequestInit,
): Promise<{ status: number; code: string; pointers: string[] }> {
  const response = await edge.request(path, init)
  const { code, errors = [] } = (await response.json()) as { code: string; errors?: { pointer: string }[] }
  return { status: response.status, code, pointers: errors.map(({ pointer }) => pointer) }
}
