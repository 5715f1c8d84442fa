import type { z } from 'zod'
import type { ProblemCode } from '../problem-types.ts'
import type { HeaderName, ParameterName } from './parameters.ts'

/** What a reader is told about one route; the rest follows from its kind, and from its line in `access.ts`. */
export interface RouteDoc {
  group: Group
  /** In programs that are made from the description. */
  operationId: string
  summary: string
  description?: string
  kind: Kind
  takes?: readonly ParameterName[]
  body?: Body
  answers: Readonly<Record<number, AnswerDoc>>
  /** Beside those of its kind. */
  problems?: readonly ProblemCode[]
}

export interface Body {
  /** The one that the route validates with. */
  schema: z.ZodType
  examples: Readonly<Record<string, unknown>>
  optional?: boolean
}

export interface AnswerDoc {
  says: string
  schema?: z.ZodType
  example?: unknown
  headers?: readonly HeaderName[]
  /** Beside JSON, or instead of it. */
  text?: readonly string[]
}

export const GROUPS = {
  Bookings: 'Ask for a booking; accept, reject or cancel it.',
  Listings: 'What can be booked, and when it is free.',
  Notifications: 'What concerns whoever asks.',
  Analytics: 'Days in numbers: owners see their own, admins everything.',
  Events: 'The log of record, as it grows.',
  Lab2: "The routes of lab2's document, in its spelling.",
  Airbnb: "The routes of airbnb's document, in its spelling.",
  Meta: 'About this service. No token is needed.',
} as const
export type Group = keyof typeof GROUPS

/** `command`: goes to the log. `read`: never misses a write that it names. `ask`: of the query API. `open`: of nobody. */
export type Kind = 'command' | 'read' | 'ask' | 'open'

export interface Common {
  takes: readonly ParameterName[]
  /** Of every success. */
  headers: readonly HeaderName[]
  problems: readonly ProblemCode[]
}

export const KINDS: Readonly<Record<Kind, Common>> = {
  command: {
    takes: ['idempotencyKey', 'prefer', 'requestId', 'traceparent'],
    headers: ['Consistency-Token', 'Idempotency-Replayed', 'Preference-Applied', 'X-Request-Id'],
    problems: ['invalid_request', 'idempotency_key_reused', 'undecidable', 'log_unavailable', 'outcome_unknown'],
  },
  read: {
    takes: ['consistencyToken', 'requestId', 'traceparent'],
    headers: ['X-Request-Id'],
    problems: ['invalid_request', 'query_unavailable', 'not_yet_visible'],
  },
  ask: { takes: ['requestId', 'traceparent'], headers: ['X-Request-Id'], problems: ['query_unavailable'] },
  open: { takes: ['requestId'], headers: ['X-Request-Id'], problems: [] },
}

/** Of every route that asks for a token. */
export const GUARDED: readonly ProblemCode[] = ['unauthenticated', 'too_many_requests']
/** Of every route that is not for every role. */
export const RESTRICTED: readonly ProblemCode[] = ['forbidden']
/** Of every route that takes a body. */
export const EMBODIED: readonly ProblemCode[] = ['malformed_json', 'body_too_large', 'invalid_request']
/** Of every route. */
export const ALWAYS: readonly ProblemCode[] = ['internal_error']
