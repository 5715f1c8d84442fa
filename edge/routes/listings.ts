import { Hono } from 'hono'
import { ListingChanges, ListingDraft } from '#domain/listing.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { forward } from '../reads/forward.ts'
import { intentOf } from '../commands/intent.ts'
import { body } from '../guard/validate.ts'
import { changeListing, listingIdIn, publishListing, withdrawListing } from '../commands/write-listing.ts'

export function listingRoutes(deps: EdgeDeps): Hono<EdgeEnv> {
  const now = deps.now ?? Date.now
  const read = forward(deps.query)

  return new Hono<EdgeEnv>()
    .get('/', read)
    .get('/:id', read)
    .get('/:id/availability', read)
    .post('/', body(ListingDraft), async (c) => {
      const { listing, decided } = await publishListing(deps, await intentOf(c, now()), c.req.valid('json'))
      return c.json(listing, decided ? 201 : 202, { Location: `/v1/listings/${listing.id}` })
    })
    .patch('/:id', body(ListingChanges), async (c) => {
      const intent = await intentOf(c, now())
      const receipt = await changeListing(deps, intent, listingIdIn(c), c.req.valid('json'))
      return receipt ? c.json(receipt.listing) : c.body(null, 202)
    })
    .delete('/:id', async (c) => {
      const receipt = await withdrawListing(deps, await intentOf(c, now()), listingIdIn(c))
      return c.body(null, receipt ? 204 : 202)
    })
}
