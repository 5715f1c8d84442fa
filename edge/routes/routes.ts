import { openApiOf } from '../reference/openapi.ts'
import { airbnb } from './airbnb/airbnb.ts'
import { analytics } from './analytics.ts'
import { bookings } from './bookings.ts'
import { devPayments } from './dev-payments.ts'
import { events } from './events.ts'
import { lab2 } from './lab2.ts'
import { listings } from './listings.ts'
import { meta } from './meta.ts'
import { notifications } from './notifications.ts'
import { payments } from './payments.ts'
import type { Route, RouteGroup } from './route.ts'

/** Every route of the edge, in the order of the reference. */
export const GROUPS: readonly RouteGroup[] = [
  bookings,
  payments,
  listings,
  notifications,
  analytics,
  events,
  lab2,
  airbnb,
  devPayments,
  meta({ openApi: () => openApi(), groups: () => GROUPS }),
]

export const ROUTES: readonly Route[] = GROUPS.flatMap(({ routes }) => routes)

let document: ReturnType<typeof openApiOf> | undefined

/** Built on first use, so that the edge starts without it. */
export const openApi = () => (document ??= openApiOf(GROUPS))
