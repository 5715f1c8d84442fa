import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Hono } from 'hono'
import { serve, type Served } from '#platform/node/serve.ts'
import type { ProxyEnv } from '../http/env.ts'

/** @throws PortTaken */
export const serveProxy = (app: Hono<ProxyEnv>, port: number): Promise<Served> =>
  serve(app.fetch, {
    port,
    variable: 'PROXY_PORT',
    requireHostHeader: false,
    onError: () => unreadable(400, 'this is not a request'),
    onClientError: refuseUnreadable,
  })

const body = (status: number, error: string): string => JSON.stringify({ error, status })

const unreadable = (status: number, error: string): Response =>
  new Response(body(status, error), { status, headers: { 'Content-Type': 'application/json' } })

const STATUS: Record<string, [status: number, error: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the head of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}

/** What Node cannot read as HTTP gets the body that clients expect, too. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, reason] = STATUS[error.code ?? ''] ?? [400, 'this is not HTTP']
  const text = body(status, reason)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
