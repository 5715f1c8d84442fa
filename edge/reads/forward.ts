import type { Context } from 'hono'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { callerOf } from './query-client.ts'

/** Sends the request to the query API as it is and returns its response. */
export async function forward(c: Context<EdgeEnv>, { query }: EdgeDeps): Promise<Response> {
  const response = await query.forward(c.req.raw, callerOf(c))
  return c.newResponse(response.body, response)
}
