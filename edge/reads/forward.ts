import type { Handler } from 'hono'
import type { EdgeEnv } from '../deps.ts'
import type { QueryClient } from './query-client.ts'

/** Reads, and what people write about themselves alone, are the query API's. */
export const forward =
  (query: QueryClient): Handler<EdgeEnv> =>
  async (c) => {
    const response = await query.forward(c.req.raw)
    return c.newResponse(response.body, response)
  }
