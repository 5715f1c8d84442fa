import { openApiOf } from '../reference/openapi.ts'
import { airbnb } from './airbnb/bookings.ts'
import { analytics } from './analytics.ts'
import { bookings } from './bookings.ts'
import { events } from './events.ts'
import { health } from './health.ts'
import { lab2 } from './lab2.ts'
import { listings } from './listings.ts'
import { metaRoutes } from './meta.ts'
import { notifications } from './notifications.ts'
import { properties } from './airbnb/properties.ts'
import type { Route } from './route.ts'

/** Every route of the edge. */
export const ROUTES: readonly Route[] = [
  ...bookings,
  ...listings,
  ...notifications,
  ...analytics,
  ...events,
  ...lab2,
  ...airbnb,
  ...properties,
  ...health,
  ...metaRoutes({ openApi: () => openApi(), routes: () => ROUTES }),
]

let document: ReturnType<typeof openApiOf> | undefined

/** Built on first use, so that the edge starts without it. */
export const openApi = () => (document ??= openApiOf(ROUTES))
