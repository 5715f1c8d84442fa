import { UpstashError, type Kafka, type Message as JsonMessage } from '@upstash/kafka'
import { LogError, type LogErrorCode, type Message, type Outgoing } from '#log/log.ts'

/**
 * The client retries every failed request five times over 15 s, rejections too. Only its internal request has a setting for
 * that. The conformance cases need one error per failure.
 */
export function withoutRetries(kafka: Kafka): Kafka {
  const { client } = kafka as unknown as { client: { request: (method: string, request: object) => Promise<unknown> } }
  const request = client.request.bind(client)
  client.request = (method, options) => request(method, { ...options, retries: 0 })
  return kafka
}

const CODES: Record<number, LogErrorCode> = {
  400: 'invalid',
  404: 'not_found',
  409: 'fenced',
  413: 'too_large',
  503: 'unavailable',
  504: 'unknown',
}

/** Translates errors of the client into errors of the port. The format reports an unknown partition as a bad request. */
export async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof UpstashError)) throw new LogError('unavailable', String(error), { cause: error })
    const code = / has no partition /.test(error.message) ? 'not_found' : (CODES[error.status] ?? 'unknown')
    throw new LogError(code, error.message, { cause: error })
  }
}

/** The format has only text. An absent key is omitted, and is read as an empty one. */
export function requestOf({ topic, partition, key, value, headers = [], timestamp }: Outgoing) {
  return {
    topic,
    value: String(textOf(value)),
    ...(key == null ? {} : { key: textOf(key)! }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
    headers: headers.map(([name, value]) => ({ key: name, value: textOf(value) as string })),
  }
}

export function messageOf({ topic, partition, offset, timestamp, key, value, headers }: JsonMessage): Message {
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: key === '' ? null : encoder.encode(key),
    value: encoder.encode(value),
    // The client's type does not know that the value of a header may be null.
    headers: headers.map((header: { key: string; value: string | null }) => [
      header.key,
      header.value === null ? null : encoder.encode(header.value),
    ]),
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const textOf = (value: string | Uint8Array | null): string | null =>
  value instanceof Uint8Array ? decoder.decode(value) : value
