import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** For tests that control every byte of a request: `fetch` normalizes paths, forbids methods and joins headers. */

export interface RawRequest {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface RawResponse {
  status: number
  headers: IncomingHttpHeaders
  /** The parsed JSON; undefined for other types and for streams. */
  body: unknown
}

const LIMIT_MS = 8_000

/** Rejects when there is no answer in time. Resolves with the headers of an event stream and closes it. */
export function sendRaw(port: number, { method, path, headers: given = {}, body }: RawRequest): Promise<RawResponse> {
  const framed = body === undefined || 'Transfer-Encoding' in given
  const headers = framed ? given : { ...given, 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LIMIT_MS)
    // Each request has its own connection, so that a broken one does not affect the next.
    const sent = request({ host: '127.0.0.1', port, method, path, headers, signal, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response
      const chunks: Buffer[] = []
      const answer = () => resolve({ status, headers, body: parsed(headers, Buffer.concat(chunks).toString()) })
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', answer).once('error', reject)
      if (!headers['content-type']?.startsWith('text/event-stream')) return
      answer()
      response.destroy()
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

const parsed = ({ 'content-type': type = '' }: IncomingHttpHeaders, text: string): unknown =>
  type.includes('json') && text !== '' ? JSON.parse(text) : undefined

/** Sends bytes, valid HTTP or not. Returns everything that arrives until the server closes the connection. */
export async function sendBytes(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', signal: AbortSignal.timeout(LIMIT_MS) })
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))
  // A server that rejects a large request may close the connection while it is being sent.
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await new Promise((resolve) => socket.once('close', resolve))
  return received
}

/** Sends the beginning of a request and closes the connection. */
export async function sendAndDisconnect(port: number, bytes: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  await new Promise((resolve) => socket.write(bytes, 'latin1', resolve))
  socket.destroy()
  await once(socket, 'close')
}
