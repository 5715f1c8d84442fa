import type { RouteKey } from '../guard/access.ts'
import { AIRBNB } from './openapi-airbnb.ts'
import { BOOKINGS, LAB2_BOOKINGS } from './openapi-bookings.ts'
import type { RouteDoc } from './openapi-describe.ts'
import { LISTINGS } from './openapi-listings.ts'
import { PROPERTIES } from './openapi-properties.ts'
import { META, READS } from './openapi-reads.ts'

/** Every line of `access.ts`, described: without one it does not compile. */
export const ROUTES: Readonly<Record<RouteKey, RouteDoc>> = {
  ...BOOKINGS,
  ...LISTINGS,
  ...LAB2_BOOKINGS,
  ...AIRBNB,
  ...PROPERTIES,
  ...READS,
  ...META,
}
