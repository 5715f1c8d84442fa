import type { Role } from '#domain/actor.ts'
import { commandIdOf } from '#domain/ids.ts'
import type { Call } from './world.ts'

export interface Caller {
  role: Role
  subject: string
  token: string
}

export interface CallOptions {
  body?: unknown
  /** Idempotency-Key. */
  key?: string
  headers?: Readonly<Record<string, string>>
}

export interface RecordedCall extends Call {
  headers: Headers | null
}

export interface RecordingClient {
  /** Makes one call and records it; resolves also without an answer. */
  call: (method: string, path: string, options?: CallOptions) => Promise<RecordedCall>
  /** Repeats a call with its key until it has a final answer; throws after `limitMs`. */
  callUntilAnswered: (
    method: string,
    path: string,
    options: CallOptions & { key: string },
    limitMs?: number,
  ) => Promise<RecordedCall>
}

/** Longer than the slowest allowed answer. */
const CALL_LIMIT_MS = 15_000
const PAUSE_MS = 100

/** A client that appends its calls and their answers to the history. */
export function recordingClient(origin: () => string, caller: Caller, history: Call[]): RecordingClient {
  async function call(
    method: string,
    path: string,
    { body, key, headers = {} }: CallOptions = {},
  ): Promise<RecordedCall> {
    const startMs = performance.now()
    const sent = await fetch(origin() + path, {
      method,
      headers: {
        authorization: `Bearer ${caller.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
      .then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }))
      // An answer that breaks off counts as no answer.
      .catch(() => undefined)
    const known = key === undefined ? null : commandIdOf(caller.subject, method, path, key)
    const recorded: RecordedCall = {
      subject: caller.subject,
      method,
      path,
      key: key ?? null,
      commandId: known ?? sent?.headers.get('consistency-token') ?? null,
      startMs,
      endMs: performance.now(),
      answer: sent ? { status: sent.status, body: sent.text === '' ? null : JSON.parse(sent.text) } : null,
      headers: sent?.headers ?? null,
    }
    const { headers: _headers, ...recordedCall } = recorded
    history.push(recordedCall)
    return recorded
  }

  async function callUntilAnswered(
    method: string,
    path: string,
    options: CallOptions & { key: string },
    limitMs = 60_000,
  ) {
    const deadline = performance.now() + limitMs
    for (;;) {
      const recorded = await call(method, path, options)
      const status = recorded.answer?.status ?? 0
      if (status >= 200 && status !== 202 && status !== 429 && status < 500) return recorded
      if (performance.now() > deadline)
        throw new Error(`${method} ${path} has no final answer, last status ${status || 'none'}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  return { call, callUntilAnswered }
}
