import { Kafka, UpstashError } from '@upstash/kafka'
import type { Envelope } from '#domain/envelope.ts'
import { retry, within } from '#platform/deadline.ts'

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

/** Pauses between attempts: enough for the restart of a proxy, and far below the time limit. */
const PAUSES_MS = [100, 300, 900]

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
      const attempt = async () => {
        try {
          await within(deadline - performance.now(), client.post({ path: ['produce'], body, retries: 0 }), late)
        } catch (error) {
          perhapsWritten ||= !isSurelyUnwritten(error)
          throw error
        }
      }
      const isTransient = (error: unknown) => !isHopeless(error)
      await retry(attempt, { limitMs, pauseMs: (failed) => PAUSES_MS[failed], isTransient }).catch((cause) => {
        throw new AppendError(perhapsWritten, { cause })
      })
    },
    async check() {
      const topics = await within(CHECK_LIMIT_MS, client.get({ path: ['topics'], retries: 0 }), late)
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

const late = (): Error => new Error('no answer in time')
