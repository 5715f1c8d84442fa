import { connect } from 'node:net'
import { withColons } from './brokers.ts'
import { causesOf } from './errors.ts'

const LIMIT_MS = 1000

/** ApiVersions, which every broker answers to anybody, in its first version: length, key, version, correlation, no name. */
const QUESTION = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0x52, 0x76, 0x72, 0x21, 0xff, 0xff])
const CORRELATION = QUESTION.subarray(8, 12)

/**
 * Kafka without TLS hangs up on whoever begins with it, as a broker does that is just dying. So it is asked again, plainly: what
 * answers that speaks no TLS at this port and never will. Undefined if the error is another one, or nothing is proven.
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
    const tell = (isPlain: boolean): void => {
      socket.destroy()
      resolve(isPlain)
    }
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes])
      if (answer.length >= 8) tell(answer.subarray(4, 8).equals(CORRELATION))
    })
    for (const end of ['error', 'end', 'timeout', 'close']) socket.on(end, () => tell(false))
  })
}
