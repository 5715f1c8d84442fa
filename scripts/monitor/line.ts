import type { MessageJson } from '#proxy/consumers/message.ts'
import { cut, harmless, type Paint } from '../terminal/terminal.ts'

export interface Look {
  /** Columns of the terminal; a longer line is cut. Infinity: nothing is cut. */
  width: number
  withHeaders: boolean
}

const GAP = '  '

/** On a narrower terminal an id would leave no room for the value. */
const WIDE = 120
const SHORT_KEY = 13

/**
 * For people: one line with time, position, key, type and value, cut to the width. A dead letter shows its reason instead of
 * its value. Headers follow, one line each.
 */
export function linesOf(message: MessageJson, paint: Paint, { width, withHeaders }: Look): string[] {
  const { timestamp, partition, offset, headers } = message
  const place = [instant(timestamp).slice(11, 23), `${partition}/${offset}`]
  const key = cut(harmless(message.key) || '-', width < WIDE ? SHORT_KEY : width)
  const about = [key, harmless(typeOf(message)) || '-']
  const room = width - [...place, ...about].join(GAP).length - GAP.length
  const text = cut(harmless(reasonOf(message) ?? message.value), Math.max(0, room))
  const line = [
    paint('dim', place[0]!),
    paint('dim', place[1]!),
    paint('cyan', about[0]!),
    paint('magenta', about[1]!),
    isDeadLetter(message) ? paint('red', text) : colored(text, paint),
  ]
  const more = withHeaders
    ? headers.map(
        ({ key, value }) =>
          `    ${paint('dim', `${harmless(key)}:`)} ${value === null ? paint('dim', 'null') : harmless(value)}`,
      )
    : []
  return [line.join(GAP).trimEnd(), ...more]
}

/**
 * For programs: one line of JSON. A value that is JSON is part of it as it stands in the log, so that `jq .value.eventType` works
 * and no number is rounded; any other value is a text. A dead letter has its `reason`; `headers` is there on request.
 */
export function jsonOf(message: MessageJson, withHeaders = false): string {
  const { topic, partition, offset, timestamp, key, value, headers } = message
  const reason = reasonOf(message)
  const fields = {
    timestamp: instant(timestamp),
    key,
    value,
    topic,
    partition,
    offset,
    type: typeOf(message) || null,
    ...(reason === undefined ? {} : { reason }),
    ...(withHeaders ? { headers: Object.fromEntries(headers.map((header) => [header.key, header.value])) } : {}),
  }
  const members = Object.entries(fields).map(
    ([name, field]) => `${JSON.stringify(name)}:${name === 'value' ? inOneLine(value) : JSON.stringify(field)}`,
  )
  return `{${members.join(',')}}`
}

/** JSON as it stands, without its line breaks, which JSON allows between tokens only; any other text as a JSON string. */
const inOneLine = (text: string): string =>
  parsed(text) === undefined ? JSON.stringify(text) : text.replaceAll(/[\r\n]+/g, '').trim()

/** The precise type of its headers, otherwise that of its body; empty if it has none. */
export function typeOf(message: MessageJson): string {
  const inHeaders = headerOf(message, 'ce_type') ?? headerOf(message, 'event-type')
  if (inHeaders !== undefined) return inHeaders
  const body = parsed(message.value)
  const { eventType, event_type, type } = isObject(body) ? body : {}
  return [eventType, event_type, type].find((one) => typeof one === 'string') ?? ''
}

/** Whether a message is about a booking: by its key, its subject, or an id in its body. */
export function isAbout(message: MessageJson, booking: string): boolean {
  if (message.key === booking || headerOf(message, 'ce_subject') === booking) return true
  const body = parsed(message.value)
  return isObject(body) && ['bookingId', 'booking_id', 'id'].some((name) => String(body[name]) === booking)
}

const headerOf = ({ headers }: MessageJson, name: string): string | undefined =>
  headers.find(({ key }) => key === name)?.value ?? undefined

const isDeadLetter = ({ topic }: MessageJson): boolean => topic.endsWith('.dlq')

const reasonOf = (message: MessageJson): string | undefined =>
  isDeadLetter(message) ? headerOf(message, 'x-error-reason') : undefined

const instant = (timestamp: number): string => new Date(timestamp).toISOString()

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** With its numbers as texts, as they are written: one of more than 53 bits would be rounded. Undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, asWritten as (name: string, value: unknown) => unknown)
  } catch {
    return undefined
  }
}

const asWritten = (_: string, value: unknown, { source }: { source: string }): unknown =>
  typeof value === 'number' ? source : value

const TOKEN = /(?<name>"(?:[^"\\]|\\.)*"\s*:)|(?<text>"(?:[^"\\]|\\.)*")|\b(?<word>true|false|null|-?\d[\d.eE+-]*)/g

/** The text as it is in the log, in color: names are dim, so that the values stand out. */
const colored = (json: string, paint: Paint): string =>
  json.replace(TOKEN, (token, name, text) => paint(name ? 'dim' : text ? 'green' : 'yellow', token))
