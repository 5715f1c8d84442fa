import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createSigner } from './testing/signer.ts'
import { authenticate, KeySetText } from './tokens.ts'

const { tokens, publicJwk, sign } = await createSigner()
const Claims = z.object({ sub: z.string().min(1), role: z.enum(['traveler', 'owner']) })

const check = async (token: Promise<string> | string, source = tokens) =>
  authenticate(`Bearer ${await token}`, source, Claims)
const unauthenticated = { document: { status: 401, code: 'unauthenticated' } }

test('a valid token returns its claims', async () => {
  expect(await check(sign({ role: 'owner', name: 'Ann' }))).toEqual({ sub: 'traveler-1', role: 'owner' })
})

test('a token that is signed with ES256 is accepted', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k2', alg: 'ES256' }
  const token = await sign({}, { alg: 'ES256', kid: 'k2' }, privateKey)
  const keys = createLocalJWKSet({ keys: [publicJwk, jwk] })
  expect(await check(token, { ...tokens, keys })).toMatchObject({ sub: 'traveler-1' })
})

async function unsigned(): Promise<string> {
  const [, claims] = (await sign({ role: 'owner' })).split('.')
  return `${btoa('{"alg":"none"}').replaceAll('=', '')}.${claims}.`
}

async function signedWithPublicKey(): Promise<string> {
  const secret = new TextEncoder().encode(await exportSPKI((await importJWK(publicJwk)) as CryptoKey))
  return sign({ role: 'owner' }, { alg: 'HS256' }, secret)
}

async function signedWithForeignKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  return sign({ role: 'owner' }, {}, privateKey)
}

const now = Math.floor(Date.now() / 1000)

test.each<[string, () => Promise<string> | string]>([
  ['text that is not a token', () => 'nonsense'],
  ['a token without an algorithm', unsigned],
  ['a token whose public key is used as a shared secret', signedWithPublicKey],
  ['a token that is signed with a foreign key', signedWithForeignKey],
  ['a token that names an unknown key', () => sign({}, { kid: 'k2' })],
  ['an expired token', () => sign({ exp: now - 60 })],
  ['a token that never expires', () => sign({ exp: undefined })],
  ['a token that is not valid yet', () => sign({ nbf: now + 60 })],
  ['a token for another audience', () => sign({ aud: 'elsewhere' })],
  ['a token of another issuer', () => sign({ iss: 'elsewhere' })],
  ['a token with an unknown role', () => sign({ role: 'guest' })],
  ['a token with the role of our own processes', () => sign({ role: 'system' })],
  ['a token without a subject', () => sign({ sub: '' })],
  ['a token of 2 MB', () => `a.${'b'.repeat(2_000_000)}.c`],
])('authentication rejects %s', async (_, token) => {
  await expect(check(token())).rejects.toMatchObject(unauthenticated)
})

test.each([undefined, '', 'Basic dTpw', 'Bearer'])('authentication rejects the header %j', async (header) => {
  await expect(authenticate(header, tokens, Claims)).rejects.toMatchObject(unauthenticated)
})

test('authentication rejects a list of tokens', async () => {
  const token = await sign()
  await expect(check(`${token}, Bearer ${token}`)).rejects.toMatchObject(unauthenticated)
})

test('a key set is read from text, and other text is rejected with an example', () => {
  const keySet = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'a' }] }
  expect(KeySetText.parse(JSON.stringify(keySet))).toEqual(keySet)
  for (const text of ['', '{}', '{"keys":[]}', '[1]']) {
    expect(KeySetText.safeParse(text).error?.issues).toMatchObject([
      { message: expect.stringContaining('is not a JSON Web Key Set') },
    ])
  }
})
