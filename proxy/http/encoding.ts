import type { Context } from 'hono'
import type { Bytes } from '#log/log.ts'
import { badRequest } from './errors.ts'

/** How keys, values and the values of headers are written in JSON. */
export type Encoding = 'text' | 'base64'

/** Text, as the format has it, unless the request says otherwise: by the header `Kafka-Encoding` or `?encoding=`. */
export function encodingOf(c: Context): Encoding {
  const asked = c.req.header('Kafka-Encoding') ?? c.req.query('encoding') ?? 'text'
  if (asked === 'text' || asked === 'base64') return asked
  throw badRequest(`the encoding is text or base64, not ${asked}`)
}

/** With padding or without, and in either alphabet. */
const BASE64 = /^[\w+/-]*={0,2}$/

/** The bytes that a text stands for; a 400 when it stands for none. */
export function decode(text: string, encoding: Encoding, where: string): string | Bytes {
  if (encoding === 'text') {
    if (text.isWellFormed()) return text
    throw badRequest(`${where} has half a character in it: bytes can be sent as base64`)
  }
  if (BASE64.test(text) && text.replace(/=+$/, '').length % 4 !== 1) return Buffer.from(text, 'base64')
  throw badRequest(`${where} is not base64`)
}

/** As text, nothing and empty are the same; in base64 nothing is `null`. */
export function encode(bytes: Bytes | null, encoding: Encoding): string | null {
  if (encoding === 'text') return bytes === null ? '' : decoder.decode(bytes)
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
