import { Kafka, UpstashError } from '@upstash/kafka'
import { type Envelope, withSignature } from '#domain/envelope.ts'
import { REQUEST_ID } from '#domain/trace.ts'
import { retry, within } from '#platform/deadline.ts'
import { type SigningKeys, signerOf } from '#platform/signature.ts'

/** Where commands go: the log behind the proxy. */
export interface CommandLog {
  /**
   * Resolves when the log has acknowledged the command with acks=all; rejects with an {@link AppendError}, within the time limit.
   * @param client the signal of the request: after it aborts, no attempt begins
   */
  append(envelope: Envelope, client: AbortSignal): Promise<void>
  /** Rejects if the proxy or its log does not respond, or if the topic does not exist. */
  check(): Promise<void>
}

export interface CommandLogOptions {
  url: string
  username: string
  password: string
  topic: string
  /** The first one signs every command. */
  commandKeys: SigningKeys
  /** The time limit of an append. A command may still be written after it. */
  limitMs?: number
}

/** The log has not acknowledged the command. Repeating it is safe: a repetition is the same command. */
export class AppendError extends Error {
  override name = 'AppendError'
  /** False if the log certainly does not have the command. */
  readonly mayBeWritten: boolean
  constructor(mayBeWritten: boolean, options?: ErrorOptions) {
    super(mayBeWritten ? 'the log did not answer' : 'the log cannot be reached', options)
    this.mayBeWritten = mayBeWritten
  }
}

/** Pauses between attempts: enough for the restart of a proxy, and far below the time limit. */
const PAUSES_MS = [100, 300, 900]

const CHECK_LIMIT_MS = 2_000

/** The HTTP client inside the package, which does not export its types. */
interface HttpClient {
  post(request: { path: string[]; body: unknown; headers: Record<string, string>; retries: number }): Promise<unknown>
  get(request: { path: string[]; retries: number }): Promise<object>
}

/**
 * Produces with `@upstash/kafka`, and retries by itself. The client's own retries take 15 seconds, report only the last error and
 * cannot be stopped, so an unsent command would count as uncertain, or be written late. No public option turns them off.
 */
export function createCommandLog(options: CommandLogOptions): CommandLog {
  const { url, username, password, topic, commandKeys, limitMs = 4_500 } = options
  const http: HttpClient = new Kafka({ url, username, password })['client']
  const sign = signerOf(commandKeys)

  return {
    async append(envelope, client) {
      const deadline = performance.now() + limitMs
      const { key, value, headers } = withSignature(envelope, await sign(envelope.value))
      const body = { topic, key, value, headers: headers.map(([name, text]) => ({ key: name, value: text })) }
      const named = Object.fromEntries(headers.filter(([name]) => name === REQUEST_ID))
      let mayBeWritten = false
      const attempt = async () => {
        try {
          await within(
            deadline - performance.now(),
            http.post({ path: ['produce'], body, headers: named, retries: 0 }),
            late,
          )
        } catch (error) {
          mayBeWritten ||= !isCertainlyUnwritten(error)
          throw error
        }
      }
      const isTransient = (error: unknown) => !isPermanent(error)
      await retry(attempt, { limitMs, pauseMs: (failed) => PAUSES_MS[failed], isTransient, signal: client }).catch(
        (cause) => {
          throw new AppendError(mayBeWritten, { cause })
        },
      )
    },
    async check() {
      const topics = await within(CHECK_LIMIT_MS, http.get({ path: ['topics'], retries: 0 }), late)
      if (!Object.hasOwn(topics, topic)) throw new Error(`there is no topic ${topic}`)
    },
  }
}

/** The proxy's statuses that exclude a write. */
const UNWRITTEN = new Set([400, 401, 403, 404, 413, 429, 503])

/** Messages and codes of the runtimes for a connection that was never made. */
const NO_CONNECTION = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|Connection refused/i

function isCertainlyUnwritten(error: unknown): boolean {
  if (error instanceof UpstashError) return UNWRITTEN.has(error.status)
  const { message, cause } = error as Error & { cause?: { code?: string } }
  return NO_CONNECTION.test(`${message} ${cause?.code ?? ''}`)
}

/** Another attempt would get the same response. */
const isPermanent = (error: unknown): boolean =>
  error instanceof UpstashError && error.status >= 400 && error.status < 500 && error.status !== 429

const late = (): Error => new Error('no answer in time')
