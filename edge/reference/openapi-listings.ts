import { Listing, ListingChanges, ListingDraft } from '#domain/listing.ts'
import { Availability, ListingPage } from './responses.ts'
import type { RouteDoc } from './openapi-describe.ts'
import * as examples from './examples.ts'

export const LISTINGS = {
  'GET /v1/listings': {
    group: 'Listings',
    operationId: 'listListings',
    summary: 'Listings, by name',
    kind: 'read',
    takes: ['kind', 'ownerId', 'limit', 'cursor'],
    answers: {
      200: {
        says: 'A page of them.',
        schema: ListingPage,
        example: examples.pageOf(examples.listing),
        headers: ['Link'],
      },
    },
    problems: ['invalid_cursor'],
  },
  'GET /v1/listings/:id': {
    group: 'Listings',
    operationId: 'readListing',
    summary: 'One listing',
    kind: 'read',
    takes: ['listingId'],
    answers: { 200: { says: 'The listing.', schema: Listing, example: examples.listing } },
    problems: ['unknown_listing'],
  },
  'GET /v1/listings/:id/availability': {
    group: 'Listings',
    operationId: 'readAvailability',
    summary: 'How many are free, day by day',
    description: 'What is pending counts as taken.',
    kind: 'read',
    takes: ['listingId', 'firstDay', 'lastDay'],
    answers: { 200: { says: 'Each day of the range.', schema: Availability, example: examples.availability } },
    problems: ['unknown_listing', 'invalid_dates'],
  },
  'POST /v1/listings': {
    group: 'Listings',
    operationId: 'publishListing',
    summary: 'Publish a listing',
    description: 'It belongs to whoever publishes it. Waits 5 seconds for the outcome, or as `Prefer` has it.',
    kind: 'command',
    body: { schema: ListingDraft, examples: { stay: examples.listingDraft } },
    answers: {
      201: { says: 'The listing.', schema: Listing, example: examples.listing, headers: ['Location'] },
      202: {
        says: 'Written down, and not yet published.',
        schema: Listing,
        example: examples.listing,
        headers: ['Location'],
      },
    },
    problems: ['unknown_listing', 'listing_exists', 'capacity_taken'],
  },
  'PATCH /v1/listings/:id': {
    group: 'Listings',
    operationId: 'changeListing',
    summary: 'Change a listing',
    description: 'Bookings that were made stay as they are.',
    kind: 'command',
    takes: ['listingId'],
    body: { schema: ListingChanges, examples: { price: examples.listingChanges } },
    answers: {
      200: {
        says: 'The listing, changed.',
        schema: Listing,
        example: { ...examples.listing, ...examples.listingChanges },
      },
      202: { says: 'Written down, and not yet done.' },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'capacity_taken'],
  },
  'DELETE /v1/listings/:id': {
    group: 'Listings',
    operationId: 'withdrawListing',
    summary: 'Withdraw a listing',
    description: 'It can no longer be booked. Bookings that were made stand.',
    kind: 'command',
    takes: ['listingId'],
    answers: {
      202: { says: 'Written down, and not yet done.' },
      204: { says: 'It is withdrawn.' },
    },
    problems: ['unknown_listing', 'listing_withdrawn'],
  },
} as const satisfies Record<string, RouteDoc>
