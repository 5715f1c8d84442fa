import type { Command } from '#domain/command.ts'
import { logMessagesOf } from '#domain/dialects/registry.ts'
import type { Receipt } from '#domain/projections/receipt.ts'
import type { EdgeDeps } from '../deps.ts'

/** The fields of a log line about a booking that airbnb's document requires, beside time, service, level and message. */
interface BookingFields {
  eventType: 'booking-created' | 'booking-status-updated'
  bookingId: string
  success: boolean
  error?: string
}

type LogDeps = Pick<EdgeDeps, 'log'>

/** Reports a request for a booking once the log has it. Other commands are reported by their outcome ({@link reportUpdated}). */
export function reportSent(deps: LogDeps, command: Command): void {
  if (command.type !== 'RequestBooking') return
  report(deps, {
    eventType: 'booking-created',
    bookingId: command.bookingId,
    success: true,
    message: logMessagesOf(command.dialect).requested,
  })
}

export function reportUnsent(deps: LogDeps, command: Command, error: Error): void {
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

export function reportUpdated(deps: LogDeps, command: Command, { booking }: Receipt): void {
  if (command.type === 'RequestBooking' || !booking) return
  report(deps, {
    eventType: 'booking-status-updated',
    bookingId: booking.id,
    success: true,
    message: logMessagesOf(booking.dialect).updated(booking.status),
  })
}

function report({ log }: LogDeps, { message, ...fields }: BookingFields & { message: string }): void {
  if (fields.success) log.info(message, { ...fields })
  else log.error(message, { ...fields })
}
