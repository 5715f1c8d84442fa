import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import { statusOf } from '#domain/dialects/airbnb.ts'
import type { Receipt } from '#domain/projections/receipt.ts'

/** What whoever runs the edge reads of each booking's way to Kafka: every field that the documents ask of such a line. */
export interface LogLine {
  timestamp: string
  service: 'edge'
  eventType: 'booking-created' | 'booking-status-updated'
  bookingId: string
  success: boolean
  /** Of success word for word as airbnb's document has it, since its readers look for just that. */
  message: string
  error?: string
}

/** Who is told, and by which clock. */
interface Told {
  logLine?: (line: LogLine) => void
  now?: () => number
}

/** A request is published when the log has it; of a decision that is told once its outcome is known ({@link tellUpdated}). */
export function tellSent(deps: Told, command: Command): void {
  if (command.type !== 'RequestBooking') return
  tell(deps, {
    eventType: 'booking-created',
    bookingId: command.bookingId,
    success: true,
    message: '📤 Booking request published to Kafka',
  })
}

export function tellUnsent(deps: Told, command: Command, error: Error): void {
  if (!('bookingId' in command)) return
  const isRequest = command.type === 'RequestBooking'
  tell(deps, {
    eventType: isRequest ? 'booking-created' : 'booking-status-updated',
    bookingId: command.bookingId,
    success: false,
    message: `Publishing a booking ${isRequest ? 'request' : 'update'} to Kafka failed`,
    error: error.message,
  })
}

export function tellUpdated(deps: Told, command: Command, { booking }: Receipt): void {
  if (command.type === 'RequestBooking' || !booking) return
  tell(deps, {
    eventType: 'booking-status-updated',
    bookingId: booking.id,
    success: true,
    message: `📤 Booking ${statusOf(booking.status)} update published to Kafka`,
  })
}

const tell = ({ logLine, now = Date.now }: Told, line: Omit<LogLine, 'timestamp' | 'service'>): void =>
  logLine?.({ timestamp: instantOf(now()), service: 'edge', ...line })
