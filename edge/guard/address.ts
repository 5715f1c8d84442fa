import type { Context } from 'hono'
import type { EdgeEnv } from '../deps.ts'

/** The address of a client, for what is limited without a token. */
export type AddressOf = (c: Context<EdgeEnv>) => string

/**
 * @param peerOf the address that the connection comes from, as the runtime states it
 * @param trustedProxies how many balancers stand in front of the edge: each has added the address of its own client to
 *   `X-Forwarded-For`, and what lies before them may be invented
 */
export const addressOf =
  (peerOf: (c: Context<EdgeEnv>) => string | undefined, trustedProxies: number): AddressOf =>
  (c) => {
    const forwarded = c.req.header('X-Forwarded-For')?.split(',') ?? []
    const address = (trustedProxies > 0 ? forwarded.at(-trustedProxies)?.trim() : undefined) || peerOf(c)
    return networkOf(address ?? 'unknown')
  }

/** One client usually has a whole /64 network of IPv6 addresses. */
function networkOf(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (v4 !== undefined) return v4
  const [head = '', tail] = address.split('::')
  if (!address.includes(':')) return address
  const groups = head.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0')].slice(0, 4).join(':')
}
