import { Hono, type Context } from 'hono'
import type { Deps } from '../http/dependencies.ts'
import { encodingOf } from '../http/encoding.ts'
import type { ProxyEnv } from '../http/env.ts'
import { readMessages, type Produced } from '../produce/read-messages.ts'
import type { Metadata } from '../produce/producer.ts'

export function produceRoutes({ bodies, produce, metrics, now }: Deps): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  const send = (c: Context<ProxyEnv>, messages: readonly Produced[]): Promise<Metadata[]> =>
    metrics.produced(messages.length, () => produce.send(c.get('account'), messages))

  const takeBody = async (c: Context<ProxyEnv>, topic?: string): Promise<Response> => {
    const messages = readMessages(await bodies.json(c), encodingOf(c), now(), topic)
    return c.json(await send(c, messages))
  }

  routes.on(['GET', 'POST'], '/produce', (c) => takeBody(c))

  routes.on(['GET', 'POST'], '/produce/:topic', (c) => takeBody(c, c.req.param('topic')))

  routes.on(['GET', 'POST'], '/produce/:topic/:message{.+}', async (c) => {
    const { topic, message: value } = c.req.param()
    const messages = readMessages({ value, key: c.req.query('key') }, encodingOf(c), now(), topic)
    return c.json((await send(c, messages))[0])
  })

  return routes
}
