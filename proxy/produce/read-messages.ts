import type { Bytes, Outgoing } from '#log/log.ts'
import { MAX_SEND } from '#log/log.ts'
import { decode, type Encoding } from '../http/encoding.ts'
import { badRequest } from '../http/errors.ts'

/** A message to be sent, all of whose fields have been looked at. */
export interface Produced extends Outgoing {
  timestamp: number
}

/**
 * What a body asks to have written: one message or many. Written by hand, because this is where the proxy's time goes: a
 * schema would make each message twice.
 * @param topic from the path; else each message names its own
 * @param now for those without a timestamp
 */
export function readMessages(body: unknown, encoding: Encoding, now: number, topic?: string): Produced[] {
  if (!Array.isArray(body)) {
    if (body === undefined) throw badRequest('the body is wrong: there is nothing in it')
    return [readMessage(body, '', encoding, now, topic)]
  }
  if (body.length === 0) throw badRequest('the body is wrong: there is nothing in it')
  if (body.length > MAX_SEND) throw badRequest(`a request bears ${MAX_SEND} messages at most, this one ${body.length}`)
  return body.map((each, i) => readMessage(each, `${i}.`, encoding, now, topic))
}

function readMessage(given: unknown, at: string, encoding: Encoding, now: number, topic?: string): Produced {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw badRequest(`${at.slice(0, -1) || 'the body'}: a message is an object`)
  }
  const { value, key, partition, timestamp, headers, topic: own } = given as Record<string, unknown>
  const message: Produced = {
    topic: topic ?? text(own, `${at}topic`, 'topic is missing, and must be text'),
    key: key == null ? null : decode(text(key, `${at}key`, 'must be text'), encoding, `${at}key`),
    value: valueOf(value, `${at}value`, encoding),
    timestamp: timestamp == null ? now : whole(timestamp, `${at}timestamp`, 'is milliseconds since the epoch'),
  }
  if (partition != null) message.partition = whole(partition, `${at}partition`, 'is a whole number', -Infinity)
  if (headers != null) message.headers = headersOf(headers, `${at}headers`, encoding)
  return message
}

/** Only `null`, said aloud, is a tombstone. */
function valueOf(value: unknown, at: string, encoding: Encoding): string | Bytes | null {
  if (value === null) return null
  return decode(text(value, at, 'value is missing, and must be text'), encoding, at)
}

function headersOf(headers: unknown, at: string, encoding: Encoding): [string, string | Bytes][] {
  if (!Array.isArray(headers)) throw badRequest(`${at}: headers are a list of key and value`)
  return headers.map((header: unknown, i) => {
    const { key, value } = Object(header) as Record<string, unknown>
    const name = text(key, `${at}.${i}.key`, 'must be text')
    return [name, decode(text(value, `${at}.${i}.value`, 'must be text'), encoding, `${at}.${i}.value`)]
  })
}

function text(given: unknown, at: string, otherwise: string): string {
  if (typeof given === 'string') return given
  throw badRequest(`${at}: ${otherwise}`)
}

function whole(given: unknown, at: string, otherwise: string, least = 0): number {
  if (Number.isSafeInteger(given) && (given as number) >= least) return given as number
  throw badRequest(`${at}: ${otherwise}`)
}
