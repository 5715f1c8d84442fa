import { AirbnbNewProperty, AirbnbPropertyChanges } from '#domain/dialects/airbnb.ts'
import * as answers from './responses.ts'
import type { RouteDoc } from './openapi-describe.ts'
import * as examples from './examples.ts'

/** The property service of airbnb's document. */
export const PROPERTIES = {
  'GET /api/properties': {
    group: 'Airbnb',
    operationId: 'airbnbListProperties',
    summary: 'Stays, by name',
    kind: 'read',
    takes: ['ownerId', 'limit', 'cursor'],
    answers: {
      200: {
        says: 'The first of them; with a cursor those after.',
        schema: answers.AirbnbProperties,
        example: { properties: [examples.airbnbProperty], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
  },
  'GET /api/properties/:id': {
    group: 'Airbnb',
    operationId: 'airbnbReadProperty',
    summary: 'One property',
    kind: 'read',
    takes: ['listingId'],
    answers: { 200: { says: 'The property.', schema: answers.AirbnbProperty, example: examples.airbnbProperty } },
    problems: ['unknown_listing'],
  },
  'POST /api/properties': {
    group: 'Airbnb',
    operationId: 'airbnbPublishProperty',
    summary: 'Publish a property',
    description:
      'A stay that belongs to whoever publishes it, and whose owner decides. Waits 5 seconds for the outcome, or as `Prefer` has it.',
    kind: 'command',
    body: { schema: AirbnbNewProperty, examples: { villa: examples.airbnbNewProperty } },
    answers: {
      201: {
        says: 'The property.',
        schema: answers.AirbnbProperty,
        example: examples.airbnbProperty,
        headers: ['Location'],
      },
      202: {
        says: 'Written down, and not yet published.',
        schema: answers.AirbnbProperty,
        example: examples.airbnbProperty,
        headers: ['Location'],
      },
    },
    problems: ['unknown_listing', 'listing_exists', 'capacity_taken'],
  },
  'PUT /api/properties/:id': {
    group: 'Airbnb',
    operationId: 'airbnbChangeProperty',
    summary: 'Change a property',
    description: 'Takes all that can be changed of it. Bookings that were made stay as they are.',
    kind: 'command',
    takes: ['listingId'],
    body: { schema: AirbnbPropertyChanges, examples: { price: examples.airbnbPropertyChanges } },
    answers: {
      200: {
        says: 'The property, changed.',
        schema: answers.AirbnbProperty,
        example: { ...examples.airbnbProperty, ...examples.airbnbPropertyChanges },
      },
      202: { says: 'Written down, and not yet done.' },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'capacity_taken'],
  },
  'DELETE /api/properties/:id': {
    group: 'Airbnb',
    operationId: 'airbnbWithdrawProperty',
    summary: 'Withdraw a property',
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
