import type { Context } from 'hono'
import type { Dependencies } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
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
        description: 'All messages are checked before the first is written.',
        parameters: [TOPIC, ...ENCODING],
        body: json(oneOrMany(ref('Content'))),
        success: METADATA,
        errors: PRODUCE_ERRORS,
      },
      handle: async (c) => c.json(await send(c, await bodies.json(c), c.req.param('topic'))),
    },
    {
      methods: ['POST', 'GET'],
      path: '/produce/:topic/:message{.+}',
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
        const { topic, message: value } = c.req.param() as { topic: string; message: string }
        return c.json((await send(c, { value, key: c.req.query('key') }, topic))[0])
      },
    },
  ]
}
