import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { TokenSource } from '../tokens.ts'

/** For tests only: an identity provider with one key pair. */
export interface Signer {
  tokens: TokenSource
  publicJwk: JWK
  /** A valid token of the traveler `traveler-1` for an hour, with the given claims, header and key in place of the usual ones. */
  sign: (claims?: object, header?: object, key?: SigningKey) => Promise<string>
}

type SigningKey = Parameters<SignJWT['sign']>[0]

export async function createSigner(): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }
  return {
    tokens: { keys: createLocalJWKSet({ keys: [publicJwk] }), issuer: 'issuer', audience: 'audience' },
    publicJwk,
    sign(claims = {}, header = {}, key = privateKey) {
      const exp = Math.floor(Date.now() / 1000) + 3_600
      const valid = { sub: 'traveler-1', role: 'traveler', iss: 'issuer', aud: 'audience', exp }
      return new SignJWT({ ...valid, ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: 'k1', ...header }).sign(key)
    },
  }
}
