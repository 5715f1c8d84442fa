import type { Hono } from 'hono'
import { type ServeOptions, serve, type Served } from '#platform/node/serve.ts'
import { errorBody } from '../http/errors.ts'
import type { ProxyEnv } from '../http/env.ts'

export type ProxyServeOptions = Pick<ServeOptions, 'port' | 'hostname' | 'limits'>

/** @throws PortTaken */
export const serveProxy = (app: Hono<ProxyEnv>, options: ProxyServeOptions): Promise<Served> =>
  serve(app.fetch, {
    ...options,
    variable: 'PROXY_PORT',
    problemBody: ({ status, title, detail = title }) => errorBody(status, detail),
  })
