import { AirbnbNewProperty, AirbnbPropertyChanges, AirbnbRequest } from '#domain/dialects/airbnb.ts'
import type { RouteGroup } from '../route.ts'
import { AirbnbBooking, AirbnbBookings, bookingRoutes } from './bookings.ts'
import { AirbnbProperties, AirbnbProperty, propertyRoutes } from './properties.ts'

export const airbnb: RouteGroup = {
  name: 'Airbnb',
  description: 'The routes of the design document airbnb, with its field names.',
  schemas: {
    AirbnbBookingRequest: AirbnbRequest,
    AirbnbNewProperty,
    AirbnbPropertyChanges,
    AirbnbBooking,
    AirbnbBookings,
    AirbnbProperty,
    AirbnbProperties,
  },
  routes: [...bookingRoutes, ...propertyRoutes],
}
