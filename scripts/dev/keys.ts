/** The key pair that signs tokens for development. Its file lies at the project's root, ignored by git, and is made on first use. */
import { randomUUID } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { JSONWebKeySet, JWK } from 'jose'
import { Sentence } from '../terminal/terminal.ts'

const FILE = '.dev-key.json'
const ALGORITHM = 'EdDSA'

export interface DevClaims {
  sub: string
  role: 'traveler' | 'owner' | 'admin'
}

export interface DevKeys {
  /** A token that is valid for a day. */
  sign: (claims: DevClaims) => Promise<string>
  /** The public half, for verifying. */
  jwks: JSONWebKeySet
}

type Env = Readonly<Record<string, string | undefined>>

export const devKeys = async (root: string, env: Env = process.env): Promise<DevKeys> => {
  const { publicJwk, key } = await keyIn(join(root, FILE))
  const { JWT_ISSUER: issuer = 'https://reservoir.localhost', JWT_AUDIENCE: audience = 'reservoir' } = env
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
  }
}

/** A token for each role, of the people of the demo listings, for the reference page. */
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
  const text = (await textOf(file)) ?? (await make(file))
  try {
    const { kty, crv, x, d, kid } = JSON.parse(text) as JWK
    if (!x || !d || !kid) throw new TypeError('it has no key')
    const publicJwk = { kty, crv, x, kid, alg: ALGORITHM, use: 'sig' }
    return { publicJwk, key: await importJWK({ d, ...publicJwk }, ALGORITHM) }
  } catch (error) {
    throw new Sentence(`${file} is not a key: remove it, and a new one is made.`, 1, { cause: error })
  }
}

/** A link appears whole and fails if the name is taken, so two processes that make a key at once both use the first. */
const make = async (file: string): Promise<string> => {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) }, null, 2), { mode: 0o600 })
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
    throw error
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
