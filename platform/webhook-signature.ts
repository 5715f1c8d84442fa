/**
 * Signatures of webhooks as Stripe writes them: `t=<seconds>,v1=<hex of the HMAC-SHA-256 over "<seconds>.<body>">`. By Web Crypto, on every
 * runtime.
 */
import { madeOnce } from './made-once.ts'
import type { SigningKey, SigningKeys } from './signature.ts'

/** The header with the signature. */
export const WEBHOOK_SIGNATURE = 'Stripe-Signature'

/** How far the time of a signature may be from now, so that a webhook cannot be replayed later. */
export const WEBHOOK_TOLERANCE_MS = 300_000

/** What sender and receiver share. */
export type WebhookSecret = () => Promise<Bytes>

type Bytes = Uint8Array<ArrayBuffer>

/** A secret as Stripe shows it. */
export const secretIn = (text: string): WebhookSecret => madeOnce(async () => bytesOf(text))

/** The secret of the embedded payment gateway: it and the edge have the same command keys. */
export const secretFrom = ({ secret }: SigningKey): WebhookSecret =>
  madeOnce(async () => macOf(await keyOf(secret, 'sign'), bytesOf('reservoir webhooks')))

/** The secrets that a receiver accepts: that of Stripe, or those derived from the command keys, several while they are rotated. */
export const webhookSecretsOf = (keys: SigningKeys, stripe: string | undefined): WebhookSecret[] =>
  stripe === undefined ? keys.map(secretFrom) : [secretIn(stripe)]

/** Returns the header for a body that is sent at this time. */
export type SignWebhook = (body: string, nowMs: number) => Promise<string>

export function webhookSignerOf(secret: WebhookSecret): SignWebhook {
  const key = madeOnce(async () => keyOf(await secret(), 'sign'))
  return async (body, nowMs) => {
    const seconds = String(Math.floor(nowMs / 1_000))
    return `t=${seconds},v1=${hexOf(await macOf(await key(), signedBytes(seconds, bytesOf(body))))}`
  }
}

/** Why a signature proves nothing. */
export type WebhookFault = 'missing' | 'malformed' | 'too old or from the future' | 'wrong'

/** Returns null if one of the signatures in the header is valid for exactly these bytes. */
export type VerifyWebhook = (body: Bytes, header: string | undefined, nowMs: number) => Promise<WebhookFault | null>

/** Verifies in constant time. Any of the secrets may have signed: while one is replaced, there are two. */
export function webhookVerifierOf(secrets: readonly WebhookSecret[]): VerifyWebhook {
  const keys = madeOnce(() => Promise.all(secrets.map(async (secret) => keyOf(await secret(), 'verify'))))
  return async (body, header, nowMs) => {
    if (header === undefined) return 'missing'
    const given = signatureIn(header)
    if (given === undefined) return 'malformed'
    if (Math.abs(nowMs - Number(given.seconds) * 1_000) > WEBHOOK_TOLERANCE_MS) return 'too old or from the future'
    const signed = signedBytes(given.seconds, body)
    for (const key of await keys())
      for (const mac of given.macs) if (await crypto.subtle.verify('HMAC', key, mac, signed)) return null
    return 'wrong'
  }
}

/** Longest header, so that its signatures are few. */
const MAX_HEADER = 1_024

interface Given {
  /** As written, because it is signed as written. */
  seconds: string
  macs: Bytes[]
}

/** Entries of other schemes are ignored, as Stripe asks. */
function signatureIn(header: string): Given | undefined {
  if (header.length > MAX_HEADER) return undefined
  const entries = header.split(',').map((entry) => entry.trim())
  const times = entries.filter((entry) => entry.startsWith('t='))
  const macs = entries.flatMap((entry) => /^v1=([0-9a-f]{64})$/i.exec(entry)?.[1] ?? []).map(bytesInHex)
  const seconds = /^t=(\d{1,12})$/.exec(times[0] ?? '')?.[1]
  return times.length === 1 && seconds !== undefined && macs.length > 0 ? { seconds, macs } : undefined
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

const keyOf = (secret: Bytes, use: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', secret, HMAC, false, [use])

const macOf = async (key: CryptoKey, bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))

const bytesOf = (text: string): Bytes => new TextEncoder().encode(text)

function signedBytes(seconds: string, body: Bytes): Bytes {
  const prefix = bytesOf(`${seconds}.`)
  const bytes = new Uint8Array(prefix.length + body.length)
  bytes.set(prefix)
  bytes.set(body, prefix.length)
  return bytes
}

const hexOf = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const bytesInHex = (hex: string): Bytes => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16))
