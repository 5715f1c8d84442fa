import { z } from 'zod'
import { Command } from '../command.ts'
import { type Envelope, headersOfCommand, isOurs, type MessageSource, parseJson, type Received } from '../envelope.ts'
import { airbnb } from './airbnb.ts'
import type { Dialect, Hint, LogMessages, Spelling } from './dialect.ts'
import { hostly } from './hostly.ts'
import { kayak } from './kayak.ts'
import { lab2 } from './lab2.ts'
import { isOwnBookingId } from '../ids.ts'
import type { DialectName } from './name.ts'
import { v1 } from './v1.ts'

/** The dialects. A new dialect is its name, its entry here and its tests; if it has HTTP routes, also a file in `edge/routes/`. */
export const DIALECTS = { v1, lab2, airbnb, hostly, kayak } satisfies Record<DialectName, Dialect>

const ALL: Readonly<Record<DialectName, Dialect>> = DIALECTS

export const spellingOf = (name: DialectName): Spelling => ALL[name].spelling ?? v1.spelling

/** A newer processor may have recorded a booking in a dialect that this release does not know. */
export const logMessagesOf = (name: DialectName): LogMessages => ALL[name]?.logMessages ?? v1.logMessages

/** Everything the documents call a booking. */
export const aliasesOf = (bookingId: string): string[] =>
  Object.values(ALL).flatMap((dialect) => dialect.aliasOf?.(bookingId) ?? [])

/** Whether some document cannot tell two bookings apart. */
export function shareAlias(one: string, other: string): boolean {
  // The decider compares every booking of a listing, so the common case is decided by the ends, as `aliasOf` promises.
  if (!alike(one.slice(0, 8), other.slice(0, 8)) && !alike(one.slice(-12), other.slice(-12))) return false
  return Object.values(ALL).some(({ aliasOf }) => {
    const alias = aliasOf?.(one) ?? null
    return alias !== null && alias === aliasOf?.(other)
  })
}

const alike = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase()

/**
 * A command as it lies on `booking-requests`: a request in the spelling it was made in, every other command under its own type,
 * which no document uses. The whole command is the last field.
 */
export function encodeCommand(command: Command, hint?: Hint, source: MessageSource = 'edge'): Envelope {
  return {
    key: command.listingId,
    value: JSON.stringify({ ...bodyOf(command, hint), command }),
    headers: headersOfCommand(command, source),
  }
}

function bodyOf(command: Command, hint?: Hint): object {
  const { type, id, at, listingId } = command
  if (type !== 'RequestBooking') return { event_type: type, event_id: id, timestamp: at, listing_id: listingId }
  return (ALL[command.dialect].encodeRequest ?? v1.encodeRequest)(command, hint)
}

/** Commands written before the field was renamed call the request a wish. */
function renamed(command: unknown): unknown {
  if (typeof command !== 'object' || command === null || !('wish' in command)) return command
  const { wish, ...rest } = command
  return { ...rest, request: wish }
}

const Carried = z.looseObject({ command: z.preprocess(renamed, Command) })

/**
 * The command in a message, ours or a documented producer's; throws an error that says what is wrong with it. The caller has
 * verified the signature of a message that claims to be ours. A documented producer can only request a booking, as a traveler, and
 * chooses neither the id of a command nor an id that a booking of ours may have.
 */
export function decodeCommand(message: Received): Command {
  if (isOurs(message)) return Carried.parse(parseJson(message.value)).command
  const body = parseJson(message.value, withoutNull)
  const dialect = Object.values(ALL).find(({ recognize }) => recognize?.(body))
  if (!dialect?.decodeRequest) throw new TypeError('the message is not a booking request of any known document')
  const request = dialect.decodeRequest(body)
  if (isOwnBookingId(request.bookingId))
    throw new TypeError('the id of the booking is a UUID of version 5: only our edge gives such ids')
  return request
}

/** In a documented message, null means that the field is absent. */
const withoutNull = (_name: string, member: unknown): unknown => (member === null ? undefined : member)

/** How events lie on `bookings`, the log of record. */
export { decodeEvent, encodeEvent } from './kayak.ts'
