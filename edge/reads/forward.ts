import type { Handler } from 'hono'
import type { EdgeEnv } from '../deps.ts'
import type { QueryApi } from './query-client.ts'

/** Reads, and what people write about themselves alone, are the query API's. */
export const forward =
  (query: QueryApi): Handler<EdgeEnv> =>
  async (c) => {
    const response = await query.forward(c.req.raw)
    return c.newResponse(response.body, response)
  }
