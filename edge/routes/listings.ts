import { type Context, Hono } from 'hono'
import { Id } from '#domain/ids.ts'
import { ListingChanges, ListingDraft, listingOf } from '#domain/listing.ts'
import { ProblemError } from '#domain/problems.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { forward } from '../forward.ts'
import { intentOf } from '../intent.ts'
import { sendAndWait } from '../send.ts'
import { body } from '../validate.ts'

export function listingRoutes(deps: EdgeDeps): Hono<EdgeEnv> {
  const now = deps.now ?? Date.now
  const read = forward(deps.query)

  return new Hono<EdgeEnv>()
    .get('/', read)
    .get('/:id', read)
    .get('/:id/availability', read)
    .post('/', body(ListingDraft), async (c) => {
      const intent = await intentOf(c, now())
      const draft = c.req.valid('json')
      const listing = listingOf(draft, draft.id ?? intent.command.id, c.get('principal').id)
      const command = { type: 'PublishListing', ...intent.command, listingId: listing.id, listing } as const
      const receipt = await sendAndWait(deps, intent, command)
      return c.json(receipt?.listing ?? listing, receipt ? 201 : 202, { Location: `/v1/listings/${listing.id}` })
    })
    .patch('/:id', body(ListingChanges), async (c) => {
      const intent = await intentOf(c, now())
      const changes = c.req.valid('json')
      const command = { type: 'ChangeListing', ...intent.command, listingId: idIn(c), changes } as const
      const receipt = await sendAndWait(deps, intent, command)
      return receipt ? c.json(receipt.listing) : c.body(null, 202)
    })
    .delete('/:id', async (c) => {
      const intent = await intentOf(c, now())
      const command = { type: 'WithdrawListing', ...intent.command, listingId: idIn(c) } as const
      const receipt = await sendAndWait(deps, intent, command)
      return c.body(null, receipt ? 204 : 202)
    })
}

/** What could not be an id is nobody's. */
function idIn(c: Context): string {
  const { success, data } = Id.safeParse(c.req.param('id'))
  if (!success) throw new ProblemError('unknown_listing')
  return data
}
