/**
 * Generates load from a separate process: each connection has one request in flight until the time is over. Reads a {@link Load}
 * from standard input and prints a {@link Loaded}. It uses bare sockets, because an HTTP client would spend as much CPU time on a
 * request as the server does.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { percentile } from '../scripts/figures/percentile.ts'

export interface Load {
  url: string
  headers: Record<string, string>
  /** Sent in turn. */
  bodies: string[]
  connections: number
  warmUpMs: number
  forMs: number
}

export interface Loaded {
  requestsPerSecond: number
  /** NaN without samples; JSON turns that into null. */
  p50Ms: number
  p99Ms: number
  /** Count of each status, including the warm-up. */
  statuses: Record<string, number>
}

/** @param rate requests or messages per second */
export const figureOf = ({ requestsPerSecond, p50Ms, p99Ms }: Loaded, rate: number): string =>
  requestsPerSecond === 0 ? 'no answer' : `${Math.round(rate)}/s p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms`

const END_OF_HEAD = '\r\n\r\n'

/** Length of the first response in a buffer; 0 while it is incomplete. Supports only the framing that JSON servers use. */
export function lengthOfAnswer(buffer: Buffer): number {
  const head = buffer.indexOf(END_OF_HEAD)
  if (head === -1) return 0
  const fields = buffer.toString('latin1', 0, head).toLowerCase()
  const start = head + END_OF_HEAD.length
  const length = /\r\ncontent-length: *(\d+)/.exec(fields)
  if (length) return buffer.length >= start + Number(length[1]) ? start + Number(length[1]) : 0
  if (!fields.includes('\r\ntransfer-encoding: chunked')) return start
  const last = buffer.indexOf('0\r\n\r\n', start - 2)
  return last === -1 ? 0 : last + 5
}

export async function load({ url, headers, bodies, connections, warmUpMs, forMs }: Load): Promise<Loaded> {
  const { hostname, port, pathname, search } = new URL(url)
  const requests = bodies.map((body) => requestOf(hostname, pathname + search, headers, body))
  const start = performance.now() + warmUpMs
  const end = start + forMs
  const samples: number[] = []
  const statuses: Record<string, number> = {}
  let turn = 0

  const drive = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0)
      let sentAt = 0
      const send = (): void => {
        sentAt = performance.now()
        if (sentAt >= end) return void socket.end(resolve)
        socket.write(requests[turn++ % requests.length]!)
      }
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        const length = lengthOfAnswer(received)
        if (length === 0) return
        const status = received.toString('latin1', 9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        received = received.subarray(length)
        const now = performance.now()
        if (sentAt >= start && now <= end) samples.push(now - sentAt)
        send()
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`${url} closed a connection`)))
      socket.on('connect', send)
    })

  const open = (): Socket => connect({ host: hostname, port: Number(port), noDelay: true })
  await Promise.all(Array.from({ length: connections }, () => drive(open())))
  return {
    requestsPerSecond: (samples.length / forMs) * 1000,
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    statuses,
  }
}

function requestOf(host: string, path: string, headers: Record<string, string>, body: string): Buffer {
  const fields = { host, ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`POST ${path} HTTP/1.1`, ...head, '', body].join('\r\n'))
}

if (import.meta.main) {
  const wanted = JSON.parse(readFileSync(0, 'utf8')) as Load
  console.log(JSON.stringify(await load(wanted)))
}
