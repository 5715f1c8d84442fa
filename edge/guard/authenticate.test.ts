import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose'
import { expect, test } from 'vitest'
import { authenticate } from './authenticate.ts'
import { publicJwk, tokenOf, tokens } from '../testing/edge.ts'

const check = async (token: Promise<string> | string) => authenticate(`Bearer ${await token}`, tokens)
const refused = { document: { status: 401, code: 'unauthenticated' } }

test('a token says who it is', async () => {
  expect(await check(tokenOf({ role: 'owner' }))).toEqual({ role: 'owner', id: 'somebody' })
})

test('a token may be signed with ES256, too', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k2', alg: 'ES256' }
  const token = await tokenOf({}, { alg: 'ES256', kid: 'k2' }, privateKey)
  const keys = createLocalJWKSet({ keys: [publicJwk, jwk] })
  expect(await authenticate(`Bearer ${token}`, { ...tokens, keys })).toMatchObject({ id: 'somebody' })
})

async function unsigned(): Promise<string> {
  const [, claims] = (await tokenOf({ role: 'admin' })).split('.')
  return `${btoa('{"alg":"none"}').replaceAll('=', '')}.${claims}.`
}

/** The public key taken for a shared secret. */
async function confused(): Promise<string> {
  const secret = new TextEncoder().encode(await exportSPKI((await importJWK(publicJwk)) as CryptoKey))
  return tokenOf({ role: 'admin' }, { alg: 'HS256' }, secret)
}

async function foreign(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  return tokenOf({ role: 'admin' }, {}, privateKey)
}

test.each<[string, () => Promise<string> | string]>([
  ['that is none', () => 'nonsense'],
  ['of no algorithm', unsigned],
  ['of another algorithm', confused],
  ["of somebody else's key", foreign],
  ['of an unknown key', () => tokenOf({}, { kid: 'k2' })],
  ['that has expired', () => tokenOf({ exp: Math.floor(Date.now() / 1000) - 60 })],
  ['that never expires', () => tokenOf({ exp: undefined })],
  ['that is not valid yet', () => tokenOf({ nbf: Math.floor(Date.now() / 1000) + 60 })],
  ['for another audience', () => tokenOf({ aud: 'elsewhere' })],
  ['of another issuer', () => tokenOf({ iss: 'elsewhere' })],
  ['of no role of ours', () => tokenOf({ role: 'guest' })],
  ['of our own processes', () => tokenOf({ role: 'system' })],
  ['of nobody', () => tokenOf({ sub: '' })],
  ['of 2 MB', () => `a.${'b'.repeat(2_000_000)}.c`],
])('a token %s is refused', async (_, token) => {
  await expect(check(token())).rejects.toMatchObject(refused)
})

test('no token is refused', async () => {
  await expect(authenticate(undefined, tokens)).rejects.toMatchObject(refused)
  await expect(authenticate('Basic dTpw', tokens)).rejects.toMatchObject(refused)
})

test('a token within a list is refused', async () => {
  const token = await tokenOf()
  await expect(authenticate(`Bearer ${token}, Bearer ${token}`, tokens)).rejects.toMatchObject(refused)
})
