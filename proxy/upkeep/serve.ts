import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Hono } from 'hono'
import { serve, type Served } from '#platform/node/serve.ts'
import type { ProxyEnv } from '../http/env.ts'

/** @throws PortTaken */
export const serveProxy = (app: Hono<ProxyEnv>, port: number, hostname?: string): Promise<Served> =>
  serve(app.fetch, {
    port,
    variable: 'PROXY_PORT',
    hostname,
    respondInvalid: (detail) => unreadable(400, `invalid HTTP request: ${detail}`),
    onClientError: refuseUnreadable,
  })

const body = (status: number, error: string): string => JSON.stringify({ error, status })

const unreadable = (status: number, error: string): Response =>
  new Response(body(status, error), { status, headers: { 'Content-Type': 'application/json' } })

const STATUS: Record<string, [status: number, error: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the request header is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
}

/** Answers a request that Node cannot parse, with the body that clients expect. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, reason] = STATUS[error.code ?? ''] ?? [400, 'invalid HTTP request']
  const text = body(status, reason)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
