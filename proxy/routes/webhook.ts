import { Hono, type Context } from 'hono'
import type { Deps } from '../http/dependencies.ts'
import type { ProxyEnv } from '../http/env.ts'
import { badRequest } from '../http/errors.ts'

/** What HTTP, browsers and the way through proxies add to every request; the sender's own headers are what is left. */
const STANDARD = new Set(
  `accept accept-charset accept-encoding accept-language authorization cache-control connection cookie date dnt expect
  forwarded from host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards origin
  pragma priority range referer te trailer transfer-encoding upgrade upgrade-insecure-requests user-agent via
  x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-forwarded-server x-real-ip x-request-id`.split(
    /\s+/,
  ),
)

const STANDARD_PREFIX = /^(content|sec|proxy|access-control)-/

/** Whatever somebody else's system sends, as it is: the body is the value, and its own headers are the message's. */
export function webhookRoutes({ bodies, produce, metrics, now }: Deps): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  routes.on(['GET', 'POST'], '/webhook', async (c) => {
    const topic = c.req.query('topic')
    if (!topic) throw badRequest('topic is missing: which topic the webhook writes to, as ?topic=')
    const message = { topic, value: await bodies.bytes(c), headers: headersOf(c), timestamp: now() }
    const [metadata] = await metrics.produced(1, () => produce.send(c.get('account'), [message]))
    return c.json(metadata)
  })

  return routes
}

function headersOf(c: Context<ProxyEnv>): [string, string][] {
  return rawHeaders(c).filter(([name]) => !isStandard(name.toLowerCase()))
}

/** As they were sent, where Node knows how: the web's request has their names in lower case and joins those that repeat. */
function rawHeaders(c: Context<ProxyEnv>): [string, string][] {
  const raw = c.env?.incoming?.rawHeaders
  if (raw === undefined) return [...c.req.raw.headers]
  const pairs: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!])
  return pairs
}

const isStandard = (name: string): boolean => STANDARD.has(name) || STANDARD_PREFIX.test(name)
