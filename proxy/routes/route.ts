import type { Context } from 'hono'
import { isAt } from '#platform/methods.ts'
import type { Operation } from '../accounts/permissions.ts'
import type { ProxyEnv } from '../http/env.ts'

/** One route: its address, its documentation and its handler. The app and the OpenAPI document are built from these. */
export interface Route {
  /** The first method has the plain operation id; the format accepts most requests by GET and POST alike. */
  methods: readonly ['GET' | 'POST', ...('GET' | 'DELETE')[]]
  /** Hono's notation: `/produce/:topic`. */
  path: string
  /** Served without credentials. */
  isPublic?: true
  /** The right that the account needs before the body is read: for the topic of the path, else for any topic. */
  operation?: Operation
  /** The area of the reference; set where the routes are collected. */
  tag?: string
  docs: RouteDocs
  handle: (c: Context<ProxyEnv>) => Response | Promise<Response>
}

export interface RouteDocs {
  operationId: string
  /** One sentence. */
  summary: string
  description?: string
  parameters?: readonly Parameter[]
  /** Request body by media type. */
  body?: Record<string, object>
  isBodyOptional?: true
  /** Response with status 200. */
  success: object
  /** Other responses, by status. */
  others?: Readonly<Record<number, object>>
  /** Statuses of error responses. */
  errors?: readonly number[]
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  description: string
  schema: object
}

/** The names of the query parameters of a route. */
export const queryOf = ({ docs: { parameters = [] } }: Route): string[] =>
  parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)

/** The first segment of a path, such as `/consume`. The others are names of the client's. */
export function firstSegment(path: string): string {
  const end = path.indexOf('/', 1)
  return end === -1 ? path : path.slice(0, end)
}

/** Methods of a path, with or without a slash at its end, for the Allow header; empty if no route has the path. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  const trimmed = path.replace(/(?<=.)\/$/, '')
  return routes.filter((route) => isAt(route.path, trimmed)).flatMap(allowedMethods)
}

/** Hono answers HEAD with the handler of GET, which is harmless only where a GET changes nothing. */
export const allowedMethods = ({ methods, isPublic }: Route): string[] =>
  [...methods, ...(isPublic ? ['HEAD'] : [])].sort()
