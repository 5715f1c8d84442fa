import { z } from 'zod'
import { madeOnce } from './made-once.ts'

/** A shared secret with the id that signatures name. */
export interface SigningKey {
  id: string
  secret: Uint8Array<ArrayBuffer>
}

/** The first key signs, every key verifies. So a key is replaced in steps: added last, then moved to the front, then the old one removed. */
export type SigningKeys = readonly SigningKey[]

export const KEYS_MISSING =
  'is missing: the keys that sign commands, as id:secret; create a secret with openssl rand -base64 32'

/** `id:secret[,id:secret…]`, each secret in base64 or base64url. A message never quotes a secret. */
export const SigningKeysText = z.string(KEYS_MISSING).transform((text, context): SigningKeys => {
  const keys = text.split(',').map((entry) => keyIn(entry.trim()))
  const valid = keys.filter((key) => typeof key === 'object')
  const problem = keys.find((key) => typeof key === 'string') ?? repeated(valid)
  if (problem === undefined) return valid
  context.addIssue(problem)
  return z.NEVER
})

const MIN_SECRET_BYTES = 32

/** The key, or what is wrong with its entry. */
function keyIn(entry: string): SigningKey | string {
  const [, id, text] = /^([\w-]{1,64}):(.*)$/.exec(entry) ?? []
  if (id === undefined || text === undefined)
    return 'must be id:secret, with commas between several; an id has letters, digits, "-" and "_"'
  const secret = /^[\w+/-]+={0,2}$/.test(text) ? bytesIn(text) : null
  if (secret !== null && secret.length >= MIN_SECRET_BYTES) return { id, secret }
  return `has a secret of key ${id} that is not base64 of at least ${MIN_SECRET_BYTES} bytes; create one with openssl rand -base64 32`
}

function repeated(keys: SigningKeys): string | undefined {
  const id = keys.map((key) => key.id).find((id, i, ids) => ids.indexOf(id) < i)
  return id === undefined ? undefined : `has two keys with the id ${id}`
}

/** The bytes of base64 or base64url, with or without padding; null if the text is neither. */
function bytesIn(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

/** `<key id>.<base64url of the HMAC-SHA-256>` over the UTF-8 bytes of a text. */
export type Sign = (text: string) => Promise<string>

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** Signs by Web Crypto, on every runtime. `platform/node/signature.ts` verifies. */
export function signerOf(keys: SigningKeys): Sign {
  const { id, secret } = signingKey(keys)
  const key = madeOnce(() => crypto.subtle.importKey('raw', secret, HMAC, false, ['sign']))
  return async (text) => {
    return signatureOf(
      id,
      new Uint8Array(await crypto.subtle.sign('HMAC', await key(), new TextEncoder().encode(text))),
    )
  }
}

/** @throws Error if there is no key */
export function signingKey([key]: SigningKeys): SigningKey {
  if (key) return key
  throw new Error(`COMMAND_KEYS ${KEYS_MISSING}`)
}

export const signatureOf = (keyId: string, mac: Uint8Array): string =>
  `${keyId}.${btoa(String.fromCharCode(...mac))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '')}`
