import type { Role } from '#domain/actor.ts'
import { commandIdOf } from '#domain/ids.ts'
import type { Call } from './world.ts'

export interface Who {
  role: Role
  subject: string
  token: string
}

export interface Asked {
  body?: unknown
  /** Idempotency-Key. */
  key?: string
  headers?: Readonly<Record<string, string>>
}

export interface RecordedCall extends Call {
  headers: Headers | null
}

export interface RecordingClient {
  /** One call, whatever comes of it. */
  call: (method: string, path: string, asked?: Asked) => Promise<RecordedCall>
  /** As a client ought to: with the same key, until there is an answer; throws when there is none within `limitMs`. */
  insist: (method: string, path: string, asked: Asked & { key: string }, limitMs?: number) => Promise<RecordedCall>
}

/** Longer than any answer should take. */
const CALL_LIMIT_MS = 15_000
const PAUSE_MS = 100

/** A client that writes into the history what it does and what it is told. */
export function recordingClient(origin: () => string, who: Who, history: Call[]): RecordingClient {
  async function call(method: string, path: string, { body, key, headers = {} }: Asked = {}): Promise<RecordedCall> {
    const startMs = performance.now()
    const sent = await fetch(origin() + path, {
      method,
      headers: {
        authorization: `Bearer ${who.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
      .then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }))
      // What was cut off in the middle is no answer.
      .catch(() => undefined)
    const known = key === undefined ? null : commandIdOf(who.subject, method, path, key)
    const recorded: RecordedCall = {
      subject: who.subject,
      method,
      path,
      key: key ?? null,
      commandId: known ?? sent?.headers.get('consistency-token') ?? null,
      startMs,
      endMs: performance.now(),
      answer: sent ? { status: sent.status, body: sent.text === '' ? null : JSON.parse(sent.text) } : null,
      headers: sent?.headers ?? null,
    }
    const { headers: _told, ...kept } = recorded
    history.push(kept)
    return recorded
  }

  async function insist(method: string, path: string, asked: Asked & { key: string }, limitMs = 60_000) {
    const deadline = performance.now() + limitMs
    for (;;) {
      const recorded = await call(method, path, asked)
      const status = recorded.answer?.status ?? 0
      if (status >= 200 && status !== 202 && status !== 429 && status < 500) return recorded
      if (performance.now() > deadline) throw new Error(`${method} ${path} has no answer but ${status || 'silence'}`)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  return { call, insist }
}
