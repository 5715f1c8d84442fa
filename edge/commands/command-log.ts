import { Kafka, UpstashError } from '@upstash/kafka'
import type { Envelope } from '#domain/envelope.ts'

/** Where commands go: the log behind the proxy. */
export interface CommandLog {
  /** Resolves when the log has it with acks=all; rejects with an {@link AppendError}, within the time limit. */
  append(envelope: Envelope): Promise<void>
  /** Rejects when the proxy or its log does not answer, or the topic is not there. */
  check(): Promise<void>
}

export interface CommandLogOptions {
  url: string
  username: string
  password: string
  topic: string
  /** When to stop waiting; what is under way then may still be written. */
  limitMs?: number
}

/** Not known to be written. Whoever repeats it sends the same command, so repeating is safe in any case. */
export class AppendError extends Error {
  override name = 'AppendError'
  readonly perhapsWritten: boolean
  constructor(perhapsWritten: boolean, options?: ErrorOptions) {
    super(perhapsWritten ? 'the log did not answer' : 'the log cannot be reached', options)
    this.perhapsWritten = perhapsWritten
  }
}

/** Pauses before each attempt: enough for a proxy that is replaced, and far below the time limit. */
const PAUSES_MS = [0, 100, 300, 900]

const CHECK_LIMIT_MS = 2_000

/** The part of the client that speaks HTTP; the package has its types, but does not export them. */
interface HttpClient {
  post(request: { path: string[]; body: unknown; retries: number }): Promise<unknown>
  get(request: { path: string[]; retries: number }): Promise<object>
}

/**
 * Produces with `@upstash/kafka`, one attempt at a time. Left alone the client makes six attempts in 15 seconds, tells of none
 * but the last, and cannot be stopped: the answer would have to be "perhaps" although no connection was ever made, and a
 * command could be written long after it. So its retries are turned off, for which it has a setting but no public way.
 */
export function createCommandLog({ url, username, password, topic, limitMs = 4_500 }: CommandLogOptions): CommandLog {
  const client: HttpClient = new Kafka({ url, username, password })['client']

  return {
    async append({ key, value, headers }) {
      const deadline = performance.now() + limitMs
      const body = { topic, key, value, headers: headers.map(([name, text]) => ({ key: name, value: text })) }
      let perhapsWritten = false
      let cause: unknown
      for (const pauseMs of PAUSES_MS) {
        if (performance.now() + pauseMs >= deadline) break
        await pause(pauseMs)
        try {
          await within(deadline - performance.now(), client.post({ path: ['produce'], body, retries: 0 }))
          return
        } catch (error) {
          cause = error
          perhapsWritten ||= !isSurelyUnwritten(error)
          if (isHopeless(error)) break
        }
      }
      throw new AppendError(perhapsWritten, { cause })
    },
    async check() {
      const topics = await within(CHECK_LIMIT_MS, client.get({ path: ['topics'], retries: 0 }))
      if (!Object.hasOwn(topics, topic)) throw new Error(`there is no topic ${topic}`)
    },
  }
}

/** Answers by which the proxy says that it wrote nothing. */
const UNWRITTEN = new Set([400, 401, 403, 404, 413, 429, 503])

/** What the runtimes say when there was no connection to send anything over. */
const NO_CONNECTION = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|Connection refused/i

function isSurelyUnwritten(error: unknown): boolean {
  if (error instanceof UpstashError) return UNWRITTEN.has(error.status)
  const { message, cause } = error as Error & { cause?: { code?: string } }
  return NO_CONNECTION.test(`${message} ${cause?.code ?? ''}`)
}

/** To ask again for this would be to be told the same. */
const isHopeless = (error: unknown): boolean =>
  error instanceof UpstashError && error.status >= 400 && error.status < 500 && error.status !== 429

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What takes longer is not stopped, for it cannot be, but no longer waited for. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${Math.ceil(ms)} ms`)), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
