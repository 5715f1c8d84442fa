/** Measures the cost of HTTP alone: a server with the proxy's libraries that only parses the JSON. Prints its port. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/produce', async (c) => {
  const { topic } = await c.req.json<{ topic: string }>()
  return c.json({ topic, partition: 0, offset: 0, timestamp: 0 })
})

if (import.meta.main) {
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(port))
}
