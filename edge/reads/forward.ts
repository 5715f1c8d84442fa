import type { Handler } from 'hono'
import type { EdgeEnv } from '../deps.ts'
import type { QueryClient } from './query-client.ts'

/** Forwards reads, and writes of personal state, to the processor's API. */
export const forward =
  (query: QueryClient): Handler<EdgeEnv> =>
  async (c) => {
    const response = await query.forward(c.req.raw)
    return c.newResponse(response.body, response)
  }
