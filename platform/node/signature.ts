import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { signatureOf, signingKey, type SigningKeys } from '../signature.ts'

/** Why a signature proves nothing. */
export type SignatureFault = 'missing' | 'unknown key id' | 'wrong signature'

/** Returns null if the signature is valid for exactly these bytes. */
export type Verify = (bytes: Uint8Array, signature: string | undefined) => SignatureFault | null

/**
 * Verifies the signatures of `platform/signature.ts`, in constant time. Web Crypto would take more than twice the CPU time for each
 * message, and would make the decoding of a batch asynchronous.
 */
export function verifierOf(keys: SigningKeys): Verify {
  const secrets = new Map(keys.map(({ id, secret }) => [id, createSecretKey(secret)]))
  return (bytes, signature) => {
    if (signature === undefined) return 'missing'
    const [keyId = '', text = ''] = signature.split('.')
    const secret = secrets.get(keyId)
    if (!secret) return 'unknown key id'
    const given = Buffer.from(text, 'base64url')
    const mac = macOf(secret, bytes)
    return given.length === mac.length && timingSafeEqual(given, mac) ? null : 'wrong signature'
  }
}

/** The same signature as that of `signerOf`, without waiting. */
export function syncSignerOf(keys: SigningKeys): (text: string) => string {
  const { id, secret } = signingKey(keys)
  const key = createSecretKey(secret)
  return (text) => signatureOf(id, macOf(key, text))
}

const macOf = (key: KeyObject, content: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(content).digest()
