/** The keys of development: they sign tokens and commands. Their files in the project's root are ignored by git and created on first use. */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { JSONWebKeySet, JWK } from 'jose'
import { DEV_DEFAULTS } from '#platform/defaults.mjs'
import { restrict } from '#platform/node/folder.ts'
import { SigningKeysText } from '#platform/signature.ts'
import { Sentence } from '../terminal/terminal.ts'

const FILE = '.dev-key.json'
const COMMAND_FILE = '.dev-command-keys'
const ALGORITHM = 'EdDSA'

export interface DevClaims {
  sub: string
  role: 'traveler' | 'owner' | 'admin'
}

export interface DevKeys {
  /** Returns a token that is valid for 24 hours. */
  sign: (claims: DevClaims) => Promise<string>
  /** The public key, for verification. */
  jwks: JSONWebKeySet
  /** The text of `COMMAND_KEYS`: that of the environment, or a key of this computer. */
  commandKeys: string
}

type Env = Readonly<Record<string, string | undefined>>

export const devKeys = async (root: string, env: Env = process.env): Promise<DevKeys> => {
  const { publicJwk, key } = await keyIn(join(root, FILE))
  const commandKeys = env['COMMAND_KEYS'] || (await commandKeysIn(join(root, COMMAND_FILE)))
  const { JWT_ISSUER: issuer = DEV_DEFAULTS.JWT_ISSUER, JWT_AUDIENCE: audience = DEV_DEFAULTS.JWT_AUDIENCE } = env
  return {
    sign: (claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, kid: publicJwk.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('24h')
        .sign(key),
    jwks: { keys: [publicJwk] },
    commandKeys,
  }
}

/** A token for each role, for the users of the demo listings; the reference page offers them. */
export const demoTokens = async ({ sign }: Pick<DevKeys, 'sign'>) => ({
  traveler: await sign({ role: 'traveler', sub: 'traveler-1' }),
  owner: await sign({ role: 'owner', sub: 'owner-1' }),
  admin: await sign({ role: 'admin', sub: 'admin-1' }),
})

interface KeyPair {
  publicJwk: JWK
  key: Awaited<ReturnType<typeof importJWK>>
}

const keyIn = async (file: string): Promise<KeyPair> => {
  const text = await contentOf(file, makeKeyPair)
  try {
    const { kty, crv, x, d, kid } = JSON.parse(text) as JWK
    if (!x || !d || !kid) throw new TypeError('it has no key')
    const publicJwk = { kty, crv, x, kid, alg: ALGORITHM, use: 'sig' }
    return { publicJwk, key: await importJWK({ d, ...publicJwk }, ALGORITHM) }
  } catch (error) {
    throw new Sentence(`${file} is not a valid key. Remove it; the next start creates a new one.`, 1, { cause: error })
  }
}

const makeKeyPair = async (): Promise<string> => {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) }, null, 2)
}

const makeCommandKey = async (): Promise<string> => `dev:${randomBytes(32).toString('base64url')}`

const commandKeysIn = async (file: string): Promise<string> => {
  const text = await contentOf(file, makeCommandKey)
  if (SigningKeysText.safeParse(text).success) return text
  throw new Sentence(`${file} has no valid keys. Remove it; the next start creates a new key.`, 1)
}

/** The text of the file, which is created if it is missing, and which only its owner can read. */
const contentOf = async (file: string, make: () => Promise<string>): Promise<string> => {
  restrict(file)
  return (await textOf(file)) ?? (await create(file, await make()))
}

/** A link is atomic and fails if the file exists, so two processes that create a key at the same time use the same one. */
const create = async (file: string, content: string): Promise<string> => {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, content, { mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(draft)
  }
  return readFile(file, 'utf8')
}

const textOf = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw new Sentence(`${file} cannot be read: ${(error as Error).message}. Make it readable, or remove it.`, 1, {
      cause: error,
    })
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
