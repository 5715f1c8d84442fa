import type { MessageJson } from '#proxy/consumers/message.ts'
import { Sentence } from '../terminal/terminal.ts'
import type { Start } from './start.ts'

export interface ProxyAt {
  url: string
  username: string
  password: string
}

/** How long the proxy waits for a message before it returns an empty batch. */
const POLL_MS = 10_000

/** Apart from that it answers within five seconds, also if Kafka does not. */
const ANSWER_LIMIT_MS = 7_000

export interface Position {
  topic: string
  partition: number
  offset: number
}

/**
 * The first position of each partition.
 * @throws Sentence if the account may not read the topic, the topic does not exist, or the offset lies past its end
 */
export async function startOf(proxy: ProxyAt, topic: string, start: Start, end: AbortSignal): Promise<Position[]> {
  await requireRight(proxy, topic, end)
  const topics = await askProxy<Record<string, number>>(proxy, 'topics', { end })
  const places = Array.from({ length: partitionsOf(topic, topics) }, (_, partition) => ({ topic, partition }))
  if ('at' in start) return askProxy<Position[]>(proxy, `offsets/${start.at}`, { body: places, end })
  const [earliest, latest] = await Promise.all(
    ['earliest', 'latest'].map((at) => askProxy<Position[]>(proxy, `offsets/${at}`, { body: places, end })),
  )
  const ends = places.map(({ partition }) => offsetAt(latest!, partition))
  if (start.offset > Math.max(...ends)) throw new Sentence(pastTheEnd(topic, start.offset, ends), 2)
  return places.map((place) => {
    const [first, last] = [earliest!, latest!].map((positions) => offsetAt(positions, place.partition)) as [
      number,
      number,
    ]
    return { ...place, offset: Math.min(Math.max(first, start.offset), last) }
  })
}

const offsetAt = (positions: readonly Position[], partition: number): number =>
  positions.find((position) => position.partition === partition)!.offset

const pastTheEnd = (topic: string, offset: number, ends: readonly number[]): string =>
  `--from ${offset} lies past the end of ${topic}; its partitions end at ${ends.map((end, i) => `${i}/${end}`).join(', ')}.`

/** The messages from there on, batch after batch, each ordered by time; never ends by itself. */
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

/** Asked first, because the proxy lists no topic without a right on it, and answers 403 whether it exists or not. */
async function requireRight(proxy: ProxyAt, topic: string, end: AbortSignal): Promise<void> {
  const response = await answerOf(proxy, 'offsets/latest', { body: { topic, partition: 0 }, end })
  // With a code it is the answer of Kafka, which concerns the proxy's own rights.
  if (response.status !== 403 || 'code' in ((await response.json()) as object)) return
  throw new Sentence(
    `The account ${proxy.username} has no right to read ${topic}: add the topic to its "consume" in PROXY_USERS of the proxy, ` +
      'or set UPSTASH_KAFKA_REST_USERNAME and UPSTASH_KAFKA_REST_PASSWORD to another account.',
  )
}

function partitionsOf(topic: string, topics: Record<string, number>): number {
  if (Object.hasOwn(topics, topic)) return topics[topic]!
  throw new Sentence(`There is no topic ${topic}. There are: ${Object.keys(topics).sort().join(', ')}.`)
}

interface Asked {
  body?: unknown
  end: AbortSignal
  /** How long it may take in addition to the answer. */
  waitMs?: number
}

async function askProxy<T>(proxy: ProxyAt, path: string, asked: Asked): Promise<T> {
  const response = await answerOf(proxy, path, asked)
  if (response.ok) return (await response.json()) as T
  throw new Sentence(`The proxy at ${proxy.url} answers ${response.status}: ${await response.text()}`)
}

async function answerOf(proxy: ProxyAt, path: string, { body, end, waitMs = 0 }: Asked): Promise<Response> {
  const { url, username, password } = proxy
  const headers = { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const late = AbortSignal.timeout(waitMs + ANSWER_LIMIT_MS)
  const signal = AbortSignal.any([end, late])
  const response = await fetch(`${url}/${path}`, { ...init, headers, signal }).catch(() => {
    if (late.aborted) throw new Sentence(`What is at ${url} has not answered within ${ANSWER_LIMIT_MS / 1000} s.`)
    throw new Sentence(`Nothing answers at ${url}: run npm start in another terminal.`)
  })
  if (response.status === 401)
    throw new Sentence(
      'The proxy has other credentials: set UPSTASH_KAFKA_REST_USERNAME and UPSTASH_KAFKA_REST_PASSWORD to its own.',
    )
  return response
}
