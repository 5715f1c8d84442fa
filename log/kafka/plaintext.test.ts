import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { isFinal } from './errors.ts'
import { openKafkaLog } from './kafka-log.ts'
import type { LogError } from '../log.ts'

/** What a client with TLS meets there: its error, and the broker's name. */
async function meet(answer: (socket: Socket, asked: Buffer) => void): Promise<{ error: LogError; at: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', (asked: Buffer) => answer(socket, asked))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const log = openKafkaLog({ brokers: [at], ssl: true, limitMs: 1000, report: () => undefined })
  onTestFinished(async () => {
    await log.close()
    server.close()
  })
  return { error: (await log.topics().catch((error: unknown) => error)) as LogError, at }
}

const speaksNone = (at: string): string =>
  `${at} does not use TLS: set KAFKA_SSL to false, or set its TLS port in KAFKA_BROKERS`

const HANDSHAKE = 0x16

test('reports a wrong setting for a port that closes TLS connections and answers without TLS', async () => {
  // As Kafka does: the correlation of the question comes back.
  const { error, at } = await meet((socket, asked) =>
    asked[0] === HANDSHAKE ? socket.end() : socket.end(Buffer.concat([Buffer.alloc(4), asked.subarray(8, 12)])),
  )
  expect(error.message).toBe(speaksNone(at))
  expect(isFinal(error.cause)).toBe(true)
})

test('reports a wrong setting for a port that answers TLS with another protocol', async () => {
  const { error, at } = await meet((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  expect(error.message).toBe(speaksNone(at))
  expect(isFinal(error.cause)).toBe(true)
})

test.each<[string, (socket: Socket) => void]>([
  ['hangs up at everything', (socket) => socket.end()],
  ['breaks off', (socket) => socket.destroy()],
])('a broker that %s may only be starting: it is waited for', async (_, answer) => {
  const { error } = await meet(answer)
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('check KAFKA_SSL') })
  expect(isFinal(error.cause)).toBe(false)
})
