import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { isTaken, refuseTaken } from './serve.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** Another program that listens there; returns its port. */
async function strangerAt(host: string): Promise<number> {
  const stranger = createServer().listen(0, host)
  await once(stranger, 'listening')
  onTestFinished(() => void stranger.close())
  return (stranger.address() as AddressInfo).port
}

test.each(['127.0.0.1', '0.0.0.0'])('a port is taken by a program at %s', async (host) => {
  expect(await isTaken(await strangerAt(host))).toBe(true)
})

test.skipIf(!hasIpv6).each(['::1', '::'])(
  'a port is taken by a program at %s, where localhost may lead',
  async (host) => {
    const port = await strangerAt(host)
    expect(await isTaken(port)).toBe(true)
    await expect(refuseTaken({ EDGE_PORT: port })).rejects.toThrow(
      `Port ${port} is taken by node (process ${process.pid}): stop it, or set EDGE_PORT to another port.`,
    )
  },
)

test('a port is free without a program, and port 0 always', async () => {
  const stranger = createServer().listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  await new Promise((resolve) => stranger.close(resolve))
  expect([await isTaken(port), await isTaken(0)]).toEqual([false, false])
})
