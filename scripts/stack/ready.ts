import { connect } from 'node:net'

/** Checks that servers respond in their own protocols; an open port alone does not prove it. */

const LIMIT_MS = 3_000

/** Sends bytes, and returns the response when it is complete or when the server closes the connection. */
function exchange(port: number, bytes: Buffer, isWhole: (answer: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1', timeout: LIMIT_MS })
    const end = (error?: Error): void => {
      socket.destroy()
      if (error) reject(error)
      else resolve(answer)
    }
    socket.once('connect', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (isWhole(answer)) end()
    })
    socket.once('end', () => end())
    socket.once('error', end)
    socket.once('timeout', () => end(new Error(`no answer on port ${port}`)))
  })
}

/** Sends the four-letter word `srvr`. A server that is not ready responds without a mode. */
export async function zookeeperServes(port: number): Promise<boolean> {
  const answer = await exchange(port, Buffer.from('srvr'), () => false)
  return answer.includes('Mode: ')
}

const METADATA = 3

/**
 * Sends a metadata request, version 1, for no topics. The response has the correlation id, the brokers and the controller. Kafka is
 * ready when it has a controller, which creates topics.
 */
export async function kafkaServes(port: number): Promise<boolean> {
  const request = Buffer.alloc(18)
  request.writeInt32BE(14, 0)
  request.writeInt16BE(METADATA, 4)
  request.writeInt16BE(1, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  const answer = await exchange(
    port,
    request,
    (answer) => answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0),
  )
  return controllerIn(answer) >= 0
}

/** Reads the controller, which follows size, correlation id and the brokers (id, host, port and nullable rack). */
function controllerIn(answer: Buffer): number {
  let at = 8
  const brokers = answer.readInt32BE(at)
  at += 4
  if (brokers === 0) return -1
  for (let i = 0; i < brokers; i++) {
    at += 4
    at += 2 + answer.readInt16BE(at)
    at += 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return answer.readInt32BE(at)
}

const OP_MSG = 2013

/** `{ ping: 1, $db: 'admin' }` in BSON. */
const PING = Buffer.concat([
  Buffer.from([30, 0, 0, 0]),
  Buffer.from('\x10ping\0\x01\0\0\0', 'latin1'),
  Buffer.from('\x02$db\0\x06\0\0\0admin\0', 'latin1'),
  Buffer.from([0]),
])

/** Whether the server responds to a ping with `ok`. */
export async function mongoServes(port: number): Promise<boolean> {
  const header = Buffer.alloc(16)
  header.writeInt32LE(16 + 5 + PING.length, 0)
  header.writeInt32LE(1, 4)
  header.writeInt32LE(OP_MSG, 12)
  const message = Buffer.concat([header, Buffer.alloc(5), PING])
  const answer = await exchange(port, message, (answer) => answer.length >= 4 && answer.length >= answer.readInt32LE(0))
  return answer.includes('ok\0')
}
