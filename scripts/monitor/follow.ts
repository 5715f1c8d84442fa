import type { MessageJson } from '#proxy/consumers/message.ts'
import { Sentence } from '../terminal/terminal.ts'

export interface ProxyAt {
  url: string
  username: string
  password: string
}

/** How long the proxy waits for a message before it answers that there is none. */
const POLL_MS = 10_000

/** Beside that it answers within five seconds, whatever becomes of Kafka. */
const ANSWER_LIMIT_MS = 7_000

export interface Position {
  topic: string
  partition: number
  offset: number
}

/** Where each partition of a topic is to be read from; a sentence where there is nothing to follow. */
export async function startOf(
  proxy: ProxyAt,
  topic: string,
  from: 'earliest' | 'latest',
  end: AbortSignal,
): Promise<Position[]> {
  const topics = await askProxy<Record<string, number>>(proxy, 'topics', { end })
  const places = Array.from({ length: partitionsOf(topic, topics) }, (_, partition) => ({ topic, partition }))
  return askProxy<Position[]>(proxy, `offsets/${from}`, { body: places, end })
}

/** What comes from there on; batch after batch, each in the order of time, for ever. */
export async function* follow(proxy: ProxyAt, start: Position[], end: AbortSignal): AsyncGenerator<MessageJson[]> {
  const positions = structuredClone(start)
  for (;;) {
    const asked = { topicPartitionOffsets: positions, timeout: POLL_MS }
    const messages = await askProxy<MessageJson[]>(proxy, 'fetch', { body: asked, end, waitMs: POLL_MS })
    for (const { partition, offset } of messages) {
      const position = positions.find((each) => each.partition === partition)!
      position.offset = Math.max(position.offset, offset + 1)
    }
    yield messages.toSorted((a, b) => a.timestamp - b.timestamp)
  }
}

function partitionsOf(topic: string, topics: Record<string, number>): number {
  if (Object.hasOwn(topics, topic)) return topics[topic]!
  throw new Sentence(`There is no topic ${topic}. There are: ${Object.keys(topics).sort().join(', ')}.`)
}

interface Asked {
  body?: unknown
  end: AbortSignal
  /** How long it may take beside the answer. */
  waitMs?: number
}

async function askProxy<T>(proxy: ProxyAt, path: string, { body, end, waitMs = 0 }: Asked): Promise<T> {
  const { url, username, password } = proxy
  const headers = { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const late = AbortSignal.timeout(waitMs + ANSWER_LIMIT_MS)
  const signal = AbortSignal.any([end, late])
  const response = await fetch(`${url}/${path}`, { ...init, headers, signal }).catch(() => {
    if (late.aborted) throw new Sentence(`What is at ${url} has not answered within ${ANSWER_LIMIT_MS / 1000} s.`)
    throw new Sentence(`Nothing answers at ${url}: run npm start in another terminal.`)
  })
  if (response.ok) return (await response.json()) as T
  if (response.status === 401)
    throw new Sentence(
      'The proxy knows other credentials: set UPSTASH_KAFKA_REST_USERNAME and UPSTASH_KAFKA_REST_PASSWORD as it has them.',
    )
  throw new Sentence(`The proxy at ${url} answers ${response.status}: ${await response.text()}`)
}
