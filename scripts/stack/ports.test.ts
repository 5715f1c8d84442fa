import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { freePorts, isFree } from './ports.ts'

it('a free wanted port is returned, and all ports differ', async () => {
  const [first, second] = await freePorts([0, 0])
  expect(first).not.toBe(second)
  expect(await freePorts([first!, second!])).toEqual([first, second])
  expect(new Set(await freePorts([first!, first!, 0])).size).toBe(3)
})

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

it.each(['127.0.0.1', '0.0.0.0', ...(hasIpv6 ? ['::1'] : [])])(
  'a taken port is replaced while a server listens at %s',
  async (host) => {
    const [port] = await freePorts([0])
    const holder = createServer().listen(port, host)
    await once(holder, 'listening')
    const [other] = await freePorts([port!])
    expect(other).not.toBe(port)
    expect(await isFree(port!)).toBe(false)
    await new Promise((resolve) => holder.close(resolve))
    expect(await isFree(port!)).toBe(true)
  },
)

it('chosen ports are below those of outgoing connections, which might take the port of a stopped server', async () => {
  const ports = await freePorts(Array.from({ length: 20 }, () => 0))
  expect(Math.max(...ports)).toBeLessThan(32_768)
})
