import { UpstashError, type Kafka, type Message as JsonMessage } from '@upstash/kafka'
import { LogError, type LogErrorCode, type Message, type Outgoing } from '#log/log.ts'

/**
 * The client repeats whatever fails five times over 15 s, refusals too, and has no setting for it; only its inner request
 * has one. A promise that one failure is one error cannot be checked otherwise.
 */
export function patient(kafka: Kafka): Kafka {
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

/** What the client throws, in the words of the port. The format calls an unknown partition a bad request. */
export async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof UpstashError)) throw new LogError('unavailable', String(error), { cause: error })
    const code = / has no partition /.test(error.message) ? 'not_found' : (CODES[error.status] ?? 'unknown')
    throw new LogError(code, error.message, { cause: error })
  }
}

/** Everything is text there. An absent key is left out, and so comes back as an empty one. */
export function requestOf({ topic, partition, key, value, headers = [], timestamp }: Outgoing) {
  return {
    topic,
    value: String(textOf(value)),
    ...(key == null ? {} : { key: textOf(key)! }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
    headers: headers.map(([name, value]) => ({ key: name, value: textOf(value)! })),
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
    headers: headers.map((header) => [header.key, encoder.encode(header.value)]),
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const textOf = (value: string | Uint8Array | null): string | null =>
  value instanceof Uint8Array ? decoder.decode(value) : value
