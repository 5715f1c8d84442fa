import type { Context } from 'hono'
import type { Dependencies } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import { badRequest } from '../http/errors.ts'
import type { Metadata } from '../produce/delivery-report.ts'
import { readMessages } from '../produce/read-messages.ts'
import { ENCODING, inPath, inQuery, json, METADATA, PRODUCE_ERRORS, response, TOPIC } from '../reference/parts.ts'
import { oneOrMany, ref } from '../reference/schemas.ts'
import type { Route } from './route.ts'

export function produceRoutes({ bodies, producer, metrics, now }: Dependencies): Route[] {
  const send = (c: Context<ProxyEnv>, body: unknown, topic?: string): Promise<Metadata[]> => {
    const messages = readMessages(body, { encoding: encodingOf(c), now: now(), topic })
    return metrics.produced(messages.length, () => producer.send(c.get('account'), messages))
  }
  return [
    {
      methods: ['POST', 'GET'],
      path: '/produce',
      operation: 'produce',
      docs: {
        operationId: 'produce',
        summary: 'Write messages; each names its topic.',
        description: 'All messages are checked before the first is written.',
        parameters: ENCODING,
        body: json(oneOrMany(ref('OutgoingMessage'))),
        success: METADATA,
        errors: PRODUCE_ERRORS,
      },
      handle: async (c) => c.json(await send(c, await bodies.json(c))),
    },
    {
      methods: ['POST', 'GET'],
      path: '/produce/:topic',
      operation: 'produce',
      docs: {
        operationId: 'produceToTopic',
        summary: 'Write messages to one topic.',
        description:
          'All messages are checked before the first is written. Without a body, a slash at the end writes an empty message.',
        parameters: [TOPIC, ...ENCODING],
        body: json(oneOrMany(ref('Content'))),
        success: METADATA,
        errors: PRODUCE_ERRORS,
      },
      handle: async (c) => {
        const [topic, body] = [c.req.param('topic'), await bodies.json(c)]
        const isEmptyMessage = body === undefined && pathOf(c).endsWith('/')
        return c.json(isEmptyMessage ? (await send(c, { value: '' }, topic))[0] : await send(c, body, topic))
      },
    },
    {
      methods: ['POST', 'GET'],
      path: '/produce/:topic/:message{[^]+}',
      operation: 'produce',
      docs: {
        operationId: 'produceFromPath',
        summary: 'Write the rest of the path as one message.',
        parameters: [
          TOPIC,
          inPath('message', 'Value of the message. It may contain slashes.'),
          inQuery('key', 'Key of the message.'),
          ...ENCODING,
        ],
        success: response('Position of the message.', ref('Metadata')),
        errors: PRODUCE_ERRORS,
      },
      handle: async (c) => {
        const body = { value: valueIn(c), key: c.req.query('key') }
        return c.json((await send(c, body, c.req.param('topic')))[0])
      },
    },
  ]
}

/** As the client sent it: the router drops a slash at the end. */
function pathOf({ req: { url } }: Context<ProxyEnv>): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return url.slice(start).replace(/\?.*$/s, '')
}

/** The value in `/produce/:topic/:message`: everything after the topic, decoded once. */
function valueIn(c: Context<ProxyEnv>): string {
  try {
    return decodeURIComponent(pathOf(c).split('/').slice(3).join('/'))
  } catch {
    throw badRequest('the message in the path is not percent-encoded UTF-8; write % as %25')
  }
}
