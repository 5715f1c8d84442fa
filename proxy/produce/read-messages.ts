import type { Bytes, Outgoing } from '#log/log.ts'
import { decode, type Encoding } from '../http/encoding.ts'
import { badRequest } from '../http/errors.ts'

/** A validated message to send, with its timestamp. */
export interface OutgoingMessage extends Outgoing {
  timestamp: number
}

interface ReadOptions {
  encoding: Encoding
  /** Timestamp of messages that have none. */
  now: number
  /** Topic of the path. Without it each message names its own. */
  topic?: string | undefined
}

/**
 * Reads one message or a list of them from a request body. Written by hand because most of the proxy's time goes here: a
 * schema would build each message twice.
 */
export function readMessages(body: unknown, options: ReadOptions): OutgoingMessage[] {
  if (body === undefined) throw badRequest('the request body is empty')
  if (!Array.isArray(body)) return [readMessage(body, '', options)]
  if (body.length === 0) throw badRequest('the request body contains no messages')
  return body.map((message, i) => readMessage(message, `${i}.`, options))
}

/** @param at prefix of field names in errors: `''` or `'3.'` */
function readMessage(given: unknown, at: string, { topic, encoding, now }: ReadOptions): OutgoingMessage {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw badRequest(`${at.slice(0, -1) || 'the request body'} must be a message: an object with a value`)
  }
  const { value, key, partition, timestamp, headers, topic: ownTopic } = given as Record<string, unknown>
  const message: OutgoingMessage = {
    topic: topic ?? text(ownTopic, `${at}topic`, 'is missing or not text'),
    key: key == null ? null : decode(text(key, `${at}key`), encoding, `${at}key`),
    value: readNullable(value, `${at}value`, 'is missing or not text', encoding),
    timestamp:
      timestamp == null
        ? now
        : integer(timestamp, `${at}timestamp`, 'must be milliseconds since the epoch, as a whole number'),
  }
  if (partition != null) message.partition = integer(partition, `${at}partition`, 'must be a whole number', -Infinity)
  if (headers != null) message.headers = readHeaders(headers, `${at}headers`, encoding)
  return message
}

/** A missing value is a mistake; only an explicit `null` is absent, as in a tombstone. */
function readNullable(value: unknown, at: string, otherwise: string, encoding: Encoding): string | Bytes | null {
  if (value === null) return null
  return decode(text(value, at, otherwise), encoding, at)
}

function readHeaders(headers: unknown, at: string, encoding: Encoding): [string, string | Bytes | null][] {
  if (!Array.isArray(headers)) throw badRequest(`${at} must be a list of {key, value}`)
  return headers.map((header: unknown, i) => {
    const { key, value } = Object(header) as Record<string, unknown>
    const name = text(key, `${at}.${i}.key`)
    return [name, readNullable(value, `${at}.${i}.value`, 'must be text or null', encoding)]
  })
}

function text(given: unknown, at: string, otherwise = 'must be text'): string {
  if (typeof given === 'string') return given
  throw badRequest(`${at} ${otherwise}`)
}

function integer(given: unknown, at: string, otherwise: string, minimum = 0): number {
  if (Number.isSafeInteger(given) && (given as number) >= minimum) return given as number
  throw badRequest(`${at} ${otherwise}`)
}
