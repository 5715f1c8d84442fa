import type { Context } from 'hono'
import { Id } from '#domain/ids.ts'
import { type Listing, type ListingChanges, type ListingDraft, listingOf } from '#domain/listing.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { faultAt } from '#platform/faults.ts'
import { ProblemError } from '#platform/problems.ts'
import type { Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { invalid } from '../guard/validate.ts'
import type { Intent } from './intent.ts'
import { sendAndWait } from './send.ts'

export interface PublishedListing {
  listing: Listing
  /** Whether the log has the command and no receipt came in time. */
  isPending: boolean
}

/** Publishes a listing of the actor. */
export async function publishListing(deps: EdgeDeps, intent: Intent, draft: ListingDraft): Promise<PublishedListing> {
  const { id, actor } = intent.command
  const listing = listingOf(draft, draft.id ?? id, actor.id)
  const command = { type: 'PublishListing', ...intent.command, listingId: listing.id, listing } as const
  const receipt = await sendAndWait(deps, intent, command)
  return { listing: receipt?.listing ?? listing, isPending: receipt === undefined }
}

/** Returns `undefined` if no receipt comes in time. */
export function changeListing(
  deps: EdgeDeps,
  intent: Intent,
  listingId: string,
  changes: ListingChanges,
): Promise<Receipt | undefined> {
  return sendAndWait(deps, intent, { type: 'ChangeListing', ...intent.command, listingId, changes })
}

/** Reads the listing that a write is about. */
export const readListing = async ({ query }: EdgeDeps, { caller }: Intent, listingId: string): Promise<Listing> =>
  query.listing(listingId, caller)

/** @throws ProblemError for each field that is sent with another value than it has */
export function rejectChanged(sent: object, current: object): void {
  const values = new Map(Object.entries(current))
  const changed = Object.entries(sent).filter(([name, value]) => value !== undefined && value !== values.get(name))
  if (changed.length === 0) return
  throw invalid(changed.map(([name]) => faultAt(`/${name}`, `is read-only and must be ${values.get(name)}`)))
}

/** @throws ProblemError for a body without a field that can change */
export function requireChange(changes: ListingChanges): void {
  if (Object.keys(changes).length === 0) throw invalid([faultAt('', 'must change something', 'The body')])
}

/** Returns `undefined` if no receipt comes in time. */
export function withdrawListing(deps: EdgeDeps, intent: Intent, listingId: string): Promise<Receipt | undefined> {
  return sendAndWait(deps, intent, { type: 'WithdrawListing', ...intent.command, listingId })
}

/** Returns the listing id of the path. An invalid id is an unknown listing. */
export function listingIdIn(c: Context<EdgeEnv>): string {
  const { success, data } = Id.safeParse(c.req.param('id'))
  if (!success) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
  return data
}
