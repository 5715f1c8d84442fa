import type { Command } from './command.ts'
import { type Trace, traceHeaders } from './trace.ts'

/**
 * How commands and events lie on the log: a body for the consumers of the documents, and headers with the precise type
 * (CloudEvents 1.0, Kafka binding, binary mode, and the two headers of airbnb's document).
 */
export interface Envelope {
  key: string
  value: string
  headers: [name: string, value: string][]
}

/** A message as text. */
export interface Received {
  value: string | null
  headers: ReadonlyMap<string, string>
}

/** Messages from other sources are documented requests of foreign producers. A source is a claim: commands are trusted by their signature. */
const OUR_SOURCES = '/reservoir/'

export const isOurs = (message: Received): boolean => message.headers.get('ce_source')?.startsWith(OUR_SOURCES) ?? false

/** The process that wrote a message; the last part of its `ce_source`. */
export type MessageSource = 'edge' | 'processor'

export interface Attributes {
  id: string
  type: string
  subject: string
  time: string
  source: MessageSource
  trace?: Trace
}

export function headersOf({ id, type, subject, time, source, trace }: Attributes): Envelope['headers'] {
  return [
    ['event-type', type],
    ['timestamp', time],
    ['ce_specversion', '1.0'],
    ['ce_id', id],
    ['ce_type', type],
    ['ce_source', OUR_SOURCES + source],
    ['ce_subject', subject],
    ['ce_time', time],
    ['content-type', 'application/json'],
    ...traceHeaders(trace),
  ]
}

/** Names the header with the signature of a command: over the bytes of the value, so over the whole command as it lies on the log. */
export const SIGNATURE_HEADER = 'reservoir-signature'

export const withSignature = (envelope: Envelope, signature: string): Envelope => ({
  ...envelope,
  headers: [...envelope.headers, [SIGNATURE_HEADER, signature]],
})

/** @param revive as of `JSON.parse` */
export function parseJson(value: string | null, revive?: (name: string, member: unknown) => unknown): unknown {
  if (value === null) throw new SyntaxError('the message is empty')
  return JSON.parse(value, revive)
}

export const headersOfCommand = (command: Command, source: MessageSource): Envelope['headers'] =>
  headersOf({
    id: command.id,
    type: command.type,
    subject: 'bookingId' in command ? command.bookingId : command.listingId,
    time: command.at,
    source,
    trace: command.trace,
  })
