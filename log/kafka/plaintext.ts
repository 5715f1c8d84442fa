import { connect } from 'node:net'
import { withColons } from './brokers.ts'
import { causesOf } from './errors.ts'

const LIMIT_MS = 1000

/** An ApiVersions request, which brokers answer without authentication: length, key, version 0, correlation, no client id. */
const QUESTION = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0x52, 0x76, 0x72, 0x21, 0xff, 0xff])
const CORRELATION = QUESTION.subarray(8, 12)

/**
 * A Kafka port without TLS closes a TLS connection, just like a broker that is shutting down. So the port is asked again in plain
 * text: if it answers, it does not use TLS. Undefined for other errors, or if nothing is proven.
 */
export async function provenPlain(error: unknown): Promise<Error | undefined> {
  const hungUp = causesOf(error).filter(({ message }) => message.includes('before secure TLS'))
  const broker = hungUp.find((cause) => cause.broker !== undefined)?.broker
  if (broker === undefined || !(await answersPlainly(broker))) return undefined
  const proof = { code: 'ERR_SSL_WRONG_VERSION_NUMBER', broker }
  return Object.assign(new Error('it answers without TLS', { cause: error }), proof)
}

function answersPlainly(broker: string): Promise<boolean> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(withColons(broker)) ?? []
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: LIMIT_MS }, () => {
      socket.write(QUESTION)
    })
    let answer = Buffer.alloc(0)
    const settle = (isPlain: boolean): void => {
      socket.destroy()
      resolve(isPlain)
    }
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes])
      if (answer.length >= 8) settle(answer.subarray(4, 8).equals(CORRELATION))
    })
    for (const end of ['error', 'end', 'timeout', 'close']) socket.on(end, () => settle(false))
  })
}
