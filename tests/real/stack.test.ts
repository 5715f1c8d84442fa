import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { describeReal } from './stack.ts'

const accepts = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host, port] = address.split(':')
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref()
  })

describeReal('The stack of this run', ({ brokers, faulty, mongodbUri }) => {
  it.each([brokers, faulty.broker, new URL(mongodbUri).host])('accepts connections at %s', async (address) => {
    expect(await accepts(address)).toBe(true)
  })
})
