import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'
import { devKeys } from './keys.ts'

const folder = await mkdtemp(join(tmpdir(), 'reservoir-keys-'))
afterAll(() => rm(folder, { recursive: true }))

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(folder, 'root-'))
})

const claims = { sub: 'o-1', role: 'owner' } as const
const expected = { issuer: 'https://reservoir.localhost', audience: 'reservoir', algorithms: ['EdDSA'] }

test('a token is verified with the public key, and has a subject, a role and a lifetime of one day', async () => {
  const { sign, jwks } = await devKeys(root, {})
  const { payload } = await jwtVerify(await sign(claims), createLocalJWKSet(jwks), expected)
  expect(payload).toMatchObject(claims)
  expect(payload.exp! - payload.iat!).toBe(24 * 60 * 60)
})

test('the public key set does not contain the private key', async () => {
  const { jwks } = await devKeys(root, {})
  expect(Object.keys(jwks.keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
})

test('issuer and audience come from the environment if they are set', async () => {
  const { sign } = await devKeys(root, { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'bookings' })
  expect(decodeJwt(await sign(claims))).toMatchObject({ iss: 'https://id.example', aud: 'bookings' })
})

test('the keys are kept, readable only by their owner, and leave no other file', async () => {
  const [first, second] = [await devKeys(root, {}), await devKeys(root, {})]
  expect(second.jwks).toEqual(first.jwks)
  expect(second.commandKeys).toBe(first.commandKeys)
  const expectPrivate = async (): Promise<void> => {
    for (const name of await readdir(root)) expect((await stat(join(root, name))).mode & 0o777).toBe(0o600)
  }
  await expectPrivate()
  expect(await readdir(root)).toEqual(['.dev-command-keys', '.dev-key.json'])
  for (const name of await readdir(root)) await chmod(join(root, name), 0o644)
  await devKeys(root, {})
  await expectPrivate()
})

test('concurrent processes that create the keys get the same ones', async () => {
  const many = await Promise.all(Array.from({ length: 20 }, () => devKeys(root, {})))
  expect(new Set(many.map(({ jwks }) => jwks.keys[0]!.kid)).size).toBe(1)
  expect(new Set(many.map(({ commandKeys }) => commandKeys)).size).toBe(1)
  expect(await readdir(root)).toEqual(['.dev-command-keys', '.dev-key.json'])
})

test.each(['', '{', '{}', '{"kty":"OKP","crv":"Ed25519","x":"a","d":"b","kid":"c"}'])(
  'a file without a key is reported in one sentence: %s',
  async (text) => {
    await writeFile(join(root, '.dev-key.json'), text)
    await expect(devKeys(root, {})).rejects.toThrow(
      `${join(root, '.dev-key.json')} is not a valid key. Remove it; the next start creates a new one.`,
    )
  },
)

test('the keys that sign commands come from the environment if they are set there', async () => {
  const { commandKeys } = await devKeys(root, { COMMAND_KEYS: COMMAND_KEYS_TEXT })
  expect(commandKeys).toBe(COMMAND_KEYS_TEXT)
  expect(await readdir(root)).toEqual(['.dev-key.json'])
})

test.each(['', 'dev', 'dev:c2hvcnQ'])(
  'a file without keys for commands is reported in one sentence: %s',
  async (text) => {
    const file = join(root, '.dev-command-keys')
    await writeFile(file, text)
    await expect(devKeys(root, {})).rejects.toThrow(
      `${file} has no valid keys. Remove it; the next start creates a new key.`,
    )
  },
)
