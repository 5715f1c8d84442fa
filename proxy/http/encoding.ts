import type { Context } from 'hono'
import type { Bytes } from '#log/log.ts'
import { badRequest } from './errors.ts'

/** How keys, values and header values are written in JSON. */
export type Encoding = 'text' | 'base64'

/** Text is the default of the format. A request chooses by the header `Kafka-Encoding` or by `?encoding=`. */
export function encodingOf(c: Context): Encoding {
  const encoding = c.req.header('Kafka-Encoding') ?? c.req.query('encoding') ?? 'text'
  if (encoding === 'text' || encoding === 'base64') return encoding
  throw badRequest(`the encoding must be text or base64, not ${encoding}`)
}

/** Standard or URL-safe alphabet, with or without padding. */
const BASE64 = /^[\w+/-]*={0,2}$/

/** Decodes a string of a request. Rejects with 400 what has no bytes in this encoding. */
export function decode(text: string, encoding: Encoding, field: string): string | Bytes {
  if (encoding === 'text') {
    if (text.isWellFormed()) return text
    throw badRequest(`${field} contains an unpaired surrogate; send binary data with Kafka-Encoding: base64`)
  }
  if (BASE64.test(text) && text.replace(/=+$/, '').length % 4 !== 1) return Buffer.from(text, 'base64')
  throw badRequest(`${field} is not base64`)
}

/** Encodes for a response. An absent value is `''` as text and `null` as base64. */
export function encode(bytes: Bytes | null, encoding: Encoding): string | null {
  if (encoding === 'text') return bytes === null ? '' : decoder.decode(bytes)
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
