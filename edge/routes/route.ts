import type { Context } from 'hono'
import type { z } from 'zod'
import { Role } from '#domain/actor.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import type { ProblemCode } from '../problem-types.ts'
import type { HeaderName, ParameterName } from '../reference/parameters.ts'

/**
 * One route: who may call it, what it takes, what it returns, how it is described, and what it does. The app, the guard and the
 * OpenAPI document are built from these definitions; `edge/guard/access.ts` refuses to start if one of them lacks a part.
 */
export interface Route {
  method: Method
  path: `/${string}`
  /** `public`: no token is needed. */
  access: Access | 'public'
  flow: Flow
  /** Unique; the name of the operation in generated clients. */
  operationId: string
  /** Unique; the title in the reference. */
  summary: string
  description?: string
  /** Path, query and header parameters beside those of the flow. */
  parameters?: readonly ParameterName[]
  body?: Body
  /** Successes, by status. */
  responses: Readonly<Record<number, ResponseDoc>>
  /** Beside those that follow from flow, access and body. */
  problems?: readonly ProblemCode[]
  handle: (c: Context<EdgeEnv>, deps: EdgeDeps, body: unknown) => Response | Promise<Response>
}

/** The routes that stand together in the reference, such as those of one document, with everything that describes them. */
export interface RouteGroup {
  name: string
  description: string
  /** The schemas of bodies and responses, by their names in the reference. Names are unique among all groups. */
  schemas: Readonly<Record<string, z.ZodType>>
  routes: readonly Route[]
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Access {
  roles: readonly Role[]
  /**
   * What `:id` names, if only some callers of these roles may see it. The query API and the decider check who that is; to
   * others the object does not exist. Admins have access to all of them but notifications.
   */
  owned?: Owned
}

export type Owned = 'booking' | 'listing' | 'notification'

export const EVERYONE: readonly Role[] = Role.options
export const TRAVELERS: readonly Role[] = ['traveler']
export const MANAGERS: readonly Role[] = ['owner', 'admin']
export const ADMINS: readonly Role[] = ['admin']

export interface Body<S extends z.ZodType = z.ZodType> {
  /** Validates the request and describes it. */
  schema: S
  examples: Readonly<Record<string, unknown>>
  optional?: boolean
}

export interface ResponseDoc {
  description: string
  /** Of a JSON body. */
  schema?: z.ZodType
  example?: unknown
  headers?: readonly HeaderName[]
  /** Media types beside the JSON body, or instead of it. */
  media?: readonly string[]
}

/** A definition whose handler gets the validated body, typed by the schema. */
export const route = <S extends z.ZodType>(
  definition: Omit<Route, 'body' | 'handle'> & {
    body?: Body<S>
    handle: (c: Context<EdgeEnv>, deps: EdgeDeps, body: z.output<S>) => Response | Promise<Response>
  },
): Route => definition as Route

/**
 * Where a request goes. `command`: to the log, then to the decider. `read`: to the query API, which can wait for an earlier
 * write. `forward`: to the query API as it is. `local`: the edge answers alone. `webhook`: from the payment provider to the log; the
 * signature of the body takes the place of a token.
 */
export type Flow = 'command' | 'read' | 'forward' | 'local' | 'webhook'

/** What all routes of one flow have in common. */
export interface Common {
  parameters: readonly ParameterName[]
  /** Of every success. */
  headers: readonly HeaderName[]
  problems: readonly ProblemCode[]
}

export const FLOWS: Readonly<Record<Flow, Common>> = {
  command: {
    parameters: ['idempotencyKey', 'prefer', 'requestId', 'traceparent'],
    headers: ['Consistency-Token', 'Idempotency-Replayed', 'Preference-Applied', 'X-Request-Id'],
    problems: ['idempotency_key_reused', 'undecidable', 'log_unavailable', 'outcome_unknown'],
  },
  read: {
    parameters: ['consistencyToken', 'requestId', 'traceparent'],
    headers: ['X-Request-Id'],
    problems: ['query_unavailable', 'not_yet_visible'],
  },
  forward: { parameters: ['requestId', 'traceparent'], headers: ['X-Request-Id'], problems: ['query_unavailable'] },
  local: { parameters: ['requestId'], headers: ['X-Request-Id'], problems: [] },
  webhook: {
    parameters: ['webhookSignature', 'requestId', 'traceparent'],
    headers: ['X-Request-Id'],
    problems: ['invalid_signature', 'overloaded', 'log_unavailable', 'outcome_unknown'],
  },
}

/** Of every route that needs a token. */
const GUARDED: readonly ProblemCode[] = ['unauthenticated', 'keys_unavailable', 'too_many_requests', 'overloaded']
/** Of every route without a token, health checks excepted. */
const PUBLIC: readonly ProblemCode[] = ['too_many_requests']
/** Of every route that some roles may not call. */
const RESTRICTED: readonly ProblemCode[] = ['forbidden']
/** Of every route that takes a body. */
const WITH_BODY: readonly ProblemCode[] = ['malformed_json']
/** Of every route that needs a token or a signature and may have a body, described or not. */
const LIMITED: readonly ProblemCode[] = ['body_too_large', 'unsupported_media_type']
/** Of every route: each rejects query parameters that it does not have. */
const ALWAYS: readonly ProblemCode[] = ['internal_error', 'invalid_request']

/** Every problem that a route may return. */
export function problemsOf(route: Route): ReadonlySet<ProblemCode> {
  const { method, access, body, flow, problems = [] } = route
  return new Set([
    ...problems,
    ...FLOWS[flow].problems,
    ...(body ? WITH_BODY : []),
    ...(access === 'public' ? (isHealth(route) ? [] : PUBLIC) : GUARDED),
    ...((access === 'public' && !isSigned(route)) || method === 'GET' ? [] : LIMITED),
    ...(access !== 'public' && access.roles.length < EVERYONE.length ? RESTRICTED : []),
    ...ALWAYS,
  ])
}

/** Whether the response is held open. */
export const isStream = ({ responses }: Route): boolean =>
  Object.values(responses).some(({ media }) => media?.includes('text/event-stream'))

/** Whether the body must have a valid signature. */
export const isSigned = ({ flow }: Pick<Route, 'flow'>): boolean => flow === 'webhook'

/** Health checks are answered however often they come. */
export const isHealth = ({ path }: Route): boolean => path === '/healthz' || path === '/readyz'

/** The `:id` of the path. */
export const idIn = (c: Context<EdgeEnv>): string => c.req.param('id') ?? ''
