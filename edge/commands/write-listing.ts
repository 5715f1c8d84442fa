import type { Context } from 'hono'
import { Id } from '#domain/ids.ts'
import { type Listing, type ListingChanges, type ListingDraft, listingOf } from '#domain/listing.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import type { Intent } from './intent.ts'
import { sendAndWait } from './send.ts'

export interface Published {
  listing: Listing
  /** False if the log has the command and no receipt came in time. */
  decided: boolean
}

/** The listing belongs to the actor. */
export async function publishListing(deps: EdgeDeps, intent: Intent, draft: ListingDraft): Promise<Published> {
  const { id, actor } = intent.command
  const listing = listingOf(draft, draft.id ?? id, actor.id)
  const command = { type: 'PublishListing', ...intent.command, listingId: listing.id, listing } as const
  const receipt = await sendAndWait(deps, intent, command)
  return { listing: receipt?.listing ?? listing, decided: receipt !== undefined }
}

/** `undefined` if no receipt comes in time. */
export function changeListing(
  deps: EdgeDeps,
  intent: Intent,
  listingId: string,
  changes: ListingChanges,
): Promise<Receipt | undefined> {
  return sendAndWait(deps, intent, { type: 'ChangeListing', ...intent.command, listingId, changes })
}

/** `undefined` if no receipt comes in time. */
export function withdrawListing(deps: EdgeDeps, intent: Intent, listingId: string): Promise<Receipt | undefined> {
  return sendAndWait(deps, intent, { type: 'WithdrawListing', ...intent.command, listingId })
}

/** A text that is not an id names no listing. */
export function listingIdIn(c: Context<EdgeEnv>): string {
  const { success, data } = Id.safeParse(c.req.param('id'))
  if (!success) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
  return data
}
