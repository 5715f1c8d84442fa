import { z } from 'zod'
import { Subject } from '#domain/actor.ts'
import { AirbnbNewProperty, AirbnbPropertyChanges, decodeProperty, encodeProperty } from '#domain/dialects/airbnb.ts'
import { Id } from '#domain/ids.ts'
import { type Listing, ListingDraft, MAX_UNIT_PRICE } from '#domain/listing.ts'
import { Money } from '#domain/money.ts'
import { faultAt } from '#platform/faults.ts'
import { intentOf } from '../../commands/intent.ts'
import { changeListing, listingIdIn, publishListing, readListing, rejectChanged } from '../../commands/write-listing.ts'
import { invalid } from '../../guard/validate.ts'
import type { ShownListing } from '../../reads/query-client.ts'
import * as examples from '../../reference/examples.ts'
import { pageOf, readOf } from './reads.ts'
import { WAITS } from '../bookings.ts'
import { NOT_DONE_YET, NOT_PUBLISHED_YET, NOT_READ, withdraw, WITHDRAWN } from '../listings.ts'
import { EVERYONE, idIn, MANAGERS, route, type Route } from '../route.ts'

export const AirbnbProperty = z.strictObject({
  propertyId: Id,
  propertyName: z.string(),
  ownerId: Subject,
  guests: z.int().describe('Most guests of one booking.'),
  pricePerNight: z.number().describe('In major units.'),
  currency: Money.shape.currency,
  withdrawn: WITHDRAWN,
}) satisfies z.ZodType<ReturnType<typeof encodeProperty>>

export const AirbnbProperties = z.strictObject({
  properties: z.array(AirbnbProperty),
  nextCursor: z.string().nullable(),
})

const villa = encodeProperty(examples.villa)
const newProperty: z.input<typeof AirbnbNewProperty> = {
  propertyName: examples.villa.name,
  guests: examples.villa.maxGuests,
  pricePerNight: 300,
  currency: 'USD',
}
const changes: z.input<typeof AirbnbPropertyChanges> = {
  ...newProperty,
  pricePerNight: 320,
}

const property = { schema: AirbnbProperty, example: villa }

/** The property routes of airbnb's document: listings of kind `stay`, with its field names. */
export const propertyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/properties',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'airbnbListProperties',
    summary: 'List properties by name',
    parameters: ['ownerId', 'limit', 'cursor'],
    responses: {
      200: {
        description: 'The first properties; with a cursor, the next page.',
        schema: AirbnbProperties,
        example: { properties: [villa], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
    async handle(c, { query }) {
      const { data, nextCursor } = await pageOf<Listing>(query, c, '/v1/listings', { kind: 'stay' }, ['ownerId'])
      return c.json({ properties: data.map(encodeProperty), nextCursor })
    },
  }),
  route({
    method: 'GET',
    path: '/api/properties/:id',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'airbnbReadProperty',
    summary: 'Read a property',
    parameters: ['listingId'],
    responses: { 200: { description: 'The property.', ...property } },
    problems: ['unknown_listing'],
    async handle(c, { query }) {
      const path = `/v1/listings/${encodeURIComponent(idIn(c))}`
      return c.json(encodeProperty(await readOf<ShownListing>(query, c, path)))
    },
  }),
  route({
    method: 'POST',
    path: '/api/properties',
    access: { roles: MANAGERS },
    flow: 'command',
    operationId: 'airbnbPublishProperty',
    summary: 'Publish a property',
    description: `The property is a stay; the caller becomes its owner and decides about its bookings. ${WAITS}`,
    body: { schema: AirbnbNewProperty, examples: { villa: newProperty } },
    responses: {
      201: { description: 'The property.', ...property, headers: ['Location'] },
      202: { description: NOT_PUBLISHED_YET, ...property, headers: ['Location'] },
    },
    problems: ['unknown_listing', 'listing_exists', 'capacity_taken'],
    async handle(c, deps, { propertyId: id, ...property }) {
      const draft = ListingDraft.parse({ id, kind: 'stay', ...detailsOf(property) })
      const { listing, isPending } = await publishListing(deps, await intentOf(c, deps), draft)
      return c.json(encodeProperty(listing), isPending ? 202 : 201, { Location: `/api/properties/${listing.id}` })
    },
  }),
  route({
    method: 'PUT',
    path: '/api/properties/:id',
    access: { roles: MANAGERS, owned: 'listing' },
    flow: 'command',
    operationId: 'airbnbChangeProperty',
    summary: 'Change a property',
    description: `Takes the whole property, as a read returns it. Bookings made earlier stay as they are. ${WAITS}`,
    parameters: ['listingId'],
    body: { schema: AirbnbPropertyChanges, examples: { price: changes } },
    responses: {
      200: {
        description: 'The changed property.',
        schema: AirbnbProperty,
        example: { ...villa, ...changes },
      },
      202: { description: NOT_DONE_YET },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'capacity_taken', ...NOT_READ],
    async handle(c, deps, { propertyId, ownerId, ...property }) {
      const [intent, id] = [await intentOf(c, deps), listingIdIn(c)]
      rejectChanged({ propertyId }, { propertyId: id })
      const isWhole = property.currency !== undefined && ownerId === undefined
      const current = isWhole ? undefined : await readListing(deps, intent, id)
      if (current) rejectChanged({ ownerId }, current)
      const currency = property.currency ?? current!.price.currency
      const receipt = await changeListing(deps, intent, id, detailsOf({ ...property, currency }))
      return receipt ? c.json(encodeProperty(receipt.listing!)) : c.body(null, 202)
    },
  }),
  route({
    ...withdraw,
    path: '/api/properties/:id',
    operationId: 'airbnbWithdrawProperty',
    summary: 'Withdraw a property',
    description: `The property can no longer be booked. Bookings made earlier remain valid. ${WAITS}`,
    responses: {
      202: { description: NOT_DONE_YET },
      204: { description: 'The property is withdrawn.' },
    },
  }),
]

/** The details of a listing in a property's body. */
function detailsOf(property: Parameters<typeof decodeProperty>[0]) {
  const details = decodeProperty(property)
  if (details) return details
  const must = `must be an amount of ${property.currency}, at most ${MAX_UNIT_PRICE} of its smallest units`
  throw invalid([faultAt('/pricePerNight', must)])
}
