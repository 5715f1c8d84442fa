import { Hono } from 'hono'
import { encodeProperty } from '#domain/dialects/airbnb.ts'
import type { Listing } from '#domain/listing.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { pageOf, readOf } from './airbnb-reads.ts'

/** The property service of airbnb's document: the stays among the listings. */
export function propertyRoutes({ query }: EdgeDeps): Hono<EdgeEnv> {
  return new Hono<EdgeEnv>()
    .get('/', async (c) => {
      const { data, nextCursor } = await pageOf<Listing>(query, c, '/v1/listings', { kind: 'stay' }, ['ownerId'])
      return c.json({ properties: data.map(encodeProperty), nextCursor })
    })
    .get('/:id', async (c) => {
      const path = `/v1/listings/${encodeURIComponent(c.req.param('id'))}`
      return c.json(encodeProperty(await readOf<Listing>(query, c, path)))
    })
}
