import { z } from 'zod'
import { Block, BlockSpan } from '#domain/block.ts'
import { bookingIdOf, Id } from '#domain/ids.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import { intentOf } from '../commands/intent.ts'
import { sendAndWait } from '../commands/send.ts'
import { listingIdIn } from '../commands/write-listing.ts'
import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { WAITS } from './bookings.ts'
import { MANAGERS, route, type Route } from './route.ts'

const BlockList = z.strictObject({ data: z.array(Block) })

const span = { from: '2030-12-24', to: '2030-12-27' }
const block = { id: examples.BLOCK_ID, ...span }

const manages = { access: { roles: MANAGERS, owned: 'listing' }, parameters: ['listingId'] } as const

/** The schemas of these routes, which stand among those of listings. */
export const BLOCK_SCHEMAS = { Block, BlockSpan, BlockList }

/** An owner keeps days from being booked. */
export const blockRoutes: readonly Route[] = [
  route({
    ...manages,
    method: 'GET',
    path: '/v1/listings/:id/blocks',
    flow: 'read',
    operationId: 'listBlocks',
    summary: 'List the blocked days of a listing',
    responses: {
      200: { description: 'Every block, by its first day.', schema: BlockList, example: { data: [block] } },
    },
    problems: ['unknown_listing'],
    handle: forward,
  }),
  route({
    ...manages,
    method: 'POST',
    path: '/v1/listings/:id/blocks',
    flow: 'command',
    operationId: 'blockDays',
    summary: 'Block days of a listing',
    description: `Nothing can be booked from \`from\` until the day before \`to\`. Pending requests that do not hold their dates are rejected. ${WAITS}`,
    body: { schema: BlockSpan, examples: { holidays: span } },
    responses: {
      201: { description: 'The block.', schema: Block, example: block, headers: ['Location'] },
      202: {
        description: 'Accepted for processing, not blocked yet.',
        schema: Block,
        example: block,
        headers: ['Location'],
      },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'days_booked', 'too_many_blocks'],
    async handle(c, deps, days) {
      const intent = await intentOf(c, deps)
      const listingId = listingIdIn(c)
      const block = { id: bookingIdOf(intent.command.id), ...days }
      const receipt = await sendAndWait(deps, intent, { type: 'BlockDays', ...intent.command, listingId, block })
      return c.json(block, receipt ? 201 : 202, { Location: `/v1/listings/${listingId}/blocks/${block.id}` })
    },
  }),
  route({
    ...manages,
    method: 'DELETE',
    path: '/v1/listings/:id/blocks/:blockId',
    flow: 'command',
    operationId: 'unblockDays',
    summary: 'Delete a block',
    description: `The days can be booked again. ${WAITS}`,
    parameters: ['listingId', 'blockId'],
    responses: {
      202: { description: 'Accepted for processing, not done yet.' },
      204: { description: 'The block is deleted.' },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'unknown_block'],
    async handle(c, deps) {
      const blockId = Id.safeParse(c.req.param('blockId')).data
      if (blockId === undefined) throw new ProblemError(BOOKING_PROBLEMS.unknown_block)
      const intent = await intentOf(c, deps)
      const command = { type: 'UnblockDays', ...intent.command, listingId: listingIdIn(c), blockId } as const
      return c.body(null, (await sendAndWait(deps, intent, command)) ? 204 : 202)
    },
  }),
]
