import { Hono } from 'hono'
import { AirbnbNewProperty, AirbnbPropertyChanges, decodeProperty, encodeProperty } from '#domain/dialects/airbnb.ts'
import { type Listing, ListingDraft } from '#domain/listing.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { intentOf } from '../commands/intent.ts'
import { body } from '../guard/validate.ts'
import { changeListing, listingIdIn, publishListing, withdrawListing } from '../commands/write-listing.ts'
import { pageOf, readOf } from './airbnb-reads.ts'

/** The property service of airbnb's document: the stays among the listings. */
export function propertyRoutes(deps: EdgeDeps): Hono<EdgeEnv> {
  const { query } = deps
  const now = deps.now ?? Date.now

  return new Hono<EdgeEnv>()
    .get('/', async (c) => {
      const { data, nextCursor } = await pageOf<Listing>(query, c, '/v1/listings', { kind: 'stay' }, ['ownerId'])
      return c.json({ properties: data.map(encodeProperty), nextCursor })
    })
    .get('/:id', async (c) => {
      const path = `/v1/listings/${encodeURIComponent(c.req.param('id'))}`
      return c.json(encodeProperty(await readOf<Listing>(query, c, path)))
    })
    .post('/', body(AirbnbNewProperty), async (c) => {
      const { propertyId: id, ...property } = c.req.valid('json')
      const draft = ListingDraft.parse({ id, kind: 'stay', ...decodeProperty(property) })
      const { listing, decided } = await publishListing(deps, await intentOf(c, now()), draft)
      return c.json(encodeProperty(listing), decided ? 201 : 202, { Location: `/api/properties/${listing.id}` })
    })
    .put('/:id', body(AirbnbPropertyChanges), async (c) => {
      const intent = await intentOf(c, now())
      const receipt = await changeListing(deps, intent, listingIdIn(c), decodeProperty(c.req.valid('json')))
      return receipt ? c.json(encodeProperty(receipt.listing!)) : c.body(null, 202)
    })
    .delete('/:id', async (c) => {
      const receipt = await withdrawListing(deps, await intentOf(c, now()), listingIdIn(c))
      return c.body(null, receipt ? 204 : 202)
    })
}
