import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ProblemDocument } from '../problems.ts'

/** How long a client has to read a response after which the connection closes. */
const LINGER_MS = 1_000

export const PROBLEM_TYPE = 'application/problem+json'

/** Writes a problem where Node has no response object, and ends the connection. */
export function endWith(socket: Socket, { status }: ProblemDocument, body: object): void {
  if (!socket.writable) return void socket.destroy()
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(status === 429 || status === 503 ? ['Retry-After: 1'] : []),
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  // Closing at once would reset a connection with unread bytes, and the client would lose the response.
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}
