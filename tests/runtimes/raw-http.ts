import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** For tests that say exactly what goes over the wire: a `fetch` tidies paths, forbids methods and joins headers. */

export interface Wired {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface WireAnswer {
  status: number
  headers: IncomingHttpHeaders
  /** Undefined if the answer has none, or does not end. */
  body: unknown
}

const LIMIT_MS = 8_000

/** Rejects when there is no answer in time. Of a stream it waits for the beginning only, and leaves. */
export function wire(port: number, { method, path, headers: given = {}, body }: Wired): Promise<WireAnswer> {
  const framed = body === undefined || 'Transfer-Encoding' in given
  const headers = framed ? given : { ...given, 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LIMIT_MS)
    // Each on a connection of its own: one that was refused halfway says nothing about the next.
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

/** Says these bytes, be they HTTP or not, and gives back whatever comes until the other side hangs up. */
export async function say(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', signal: AbortSignal.timeout(LIMIT_MS) })
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  // Who is told too much may hang up while we still talk.
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await new Promise((resolve) => socket.once('close', resolve))
  return heard
}

/** Begins to say something, and hangs up in the middle of it once it is there. */
export async function breakOff(port: number, bytes: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  await new Promise((resolve) => socket.write(bytes, 'latin1', resolve))
  socket.destroy()
  await once(socket, 'close')
}
