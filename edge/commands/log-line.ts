import type { Command } from '#domain/command.ts'
import { DIALECTS } from '#domain/dialects/registry.ts'
import type { Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps } from '../deps.ts'

/** The fields that the documents require of the edge's line about a booking, beside time, service, level and message. */
interface BookingFields {
  eventType: 'booking-created' | 'booking-status-updated'
  bookingId: string
  success: boolean
  error?: string
}

type Writing = Pick<EdgeDeps, 'log'>

/** A request is reported once the log has it; another command once its outcome is known ({@link reportUpdated}). */
export function reportSent(deps: Writing, command: Command): void {
  if (command.type !== 'RequestBooking') return
  report(deps, {
    eventType: 'booking-created',
    bookingId: command.bookingId,
    success: true,
    message: '📤 Booking request published to Kafka',
  })
}

export function reportUnsent(deps: Writing, command: Command, error: Error): void {
  if (!('bookingId' in command)) return
  const isRequest = command.type === 'RequestBooking'
  report(deps, {
    eventType: isRequest ? 'booking-created' : 'booking-status-updated',
    bookingId: command.bookingId,
    success: false,
    message: `Publishing a booking ${isRequest ? 'request' : 'update'} to Kafka failed`,
    error: error.message,
  })
}

export function reportUpdated(deps: Writing, command: Command, { booking }: Receipt): void {
  if (command.type === 'RequestBooking' || !booking) return
  report(deps, {
    eventType: 'booking-status-updated',
    bookingId: booking.id,
    success: true,
    message: `📤 Booking ${DIALECTS.airbnb.statusOf(booking.status)} update published to Kafka`,
  })
}

/** The messages of success are word for word those of airbnb's document, because its readers search for them. */
function report({ log }: Writing, { message, ...fields }: BookingFields & { message: string }): void {
  if (fields.success) log.info(message, { ...fields })
  else log.error(message, { ...fields })
}
