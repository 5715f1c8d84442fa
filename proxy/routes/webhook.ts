import type { Context } from 'hono'
import type { Dependencies } from '../http/dependencies.ts'
import type { ProxyEnv } from '../http/env.ts'
import { badRequest } from '../http/errors.ts'
import { inQuery, PRODUCE_ERRORS, response } from '../reference/parts.ts'
import { ref } from '../reference/schemas.ts'
import type { Route } from './route.ts'

/** Headers that HTTP, browsers and proxies add. All others are the sender's own and become message headers. */
const STANDARD = new Set(
  `accept accept-charset accept-encoding accept-language authorization cache-control connection cookie date dnt expect
  forwarded from host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards origin
  pragma priority range referer te trailer transfer-encoding upgrade upgrade-insecure-requests user-agent via
  x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-forwarded-server x-real-ip x-request-id`.split(
    /\s+/,
  ),
)

const STANDARD_PREFIX = /^(content|sec|proxy|access-control)-/

export const webhookRoutes = (dependencies: Dependencies): Route[] => [
  {
    methods: ['POST', 'GET'],
    path: '/webhook',
    operation: 'produce',
    docs: {
      operationId: 'webhook',
      summary: 'Write the request body as one message.',
      description: 'The body becomes the value, byte for byte. Headers that are not standard become message headers.',
      parameters: [
        { ...inQuery('topic', 'Topic to write to.', { type: 'string', minLength: 1 }), required: true },
        inQuery('user', 'Username, for senders that cannot send an Authorization header.'),
        inQuery('pass', 'Password, for senders that cannot send an Authorization header.'),
      ],
      body: { '*/*': { schema: {} } },
      isBodyOptional: true,
      success: response('Position of the message.', ref('Metadata')),
      errors: PRODUCE_ERRORS,
    },
    handle: (c) => webhook(c, dependencies),
  },
]

async function webhook(c: Context<ProxyEnv>, { bodies, producer, metrics, now }: Dependencies): Promise<Response> {
  const topic = c.req.query('topic')
  if (!topic) throw badRequest('the query parameter topic is missing')
  c.get('account').require('produce', topic)
  const message = { topic, value: await bodies.bytes(c), headers: headersOf(c), timestamp: now() }
  const [metadata] = await metrics.produced(1, () => producer.send(c.get('account'), [message]))
  return c.json(metadata)
}

function headersOf(c: Context<ProxyEnv>): [string, string][] {
  return rawHeaders(c).filter(([name]) => !isStandard(name.toLowerCase()))
}

/** Node's request keeps case and repetition of header names; the web's request does not. */
function rawHeaders(c: Context<ProxyEnv>): [string, string][] {
  const raw = c.env?.incoming?.rawHeaders
  if (raw === undefined) return [...c.req.raw.headers]
  const pairs: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!])
  return pairs
}

const isStandard = (name: string): boolean => STANDARD.has(name) || STANDARD_PREFIX.test(name)
