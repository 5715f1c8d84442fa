import { connect } from 'node:net'

/** Whether servers serve, asked in their own protocols: that something listens does not say so yet. */

const LIMIT_MS = 3_000

/** Sends bytes, and answers with what has come once that suits, or with whatever has come until the other side closes. */
function asked(port: number, bytes: Buffer, isWhole: (answer: Buffer) => boolean): Promise<Buffer> {
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

/** The four-letter word `srvr`; a server that is not one yet says so. */
export async function zookeeperServes(port: number): Promise<boolean> {
  const answer = await asked(port, Buffer.from('srvr'), () => false)
  return answer.includes('Mode: ')
}

const METADATA = 3

/**
 * A metadata request, version 1, for no topics: correlation id, brokers, controller. It serves once there is a controller,
 * which makes topics.
 */
export async function kafkaServes(port: number): Promise<boolean> {
  const request = Buffer.alloc(18)
  request.writeInt32BE(14, 0)
  request.writeInt16BE(METADATA, 4)
  request.writeInt16BE(1, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  const answer = await asked(
    port,
    request,
    (answer) => answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0),
  )
  return controllerIn(answer) >= 0
}

/** After size and correlation id: an array of brokers with id, host, port and rack, which may be null; the controller. */
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

/** Answers `ok` to a ping. */
export async function mongoServes(port: number): Promise<boolean> {
  const header = Buffer.alloc(16)
  header.writeInt32LE(16 + 5 + PING.length, 0)
  header.writeInt32LE(1, 4)
  header.writeInt32LE(OP_MSG, 12)
  const message = Buffer.concat([header, Buffer.alloc(5), PING])
  const answer = await asked(port, message, (answer) => answer.length >= 4 && answer.length >= answer.readInt32LE(0))
  return answer.includes('ok\0')
}
