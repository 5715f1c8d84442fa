import type { Received } from '#domain/envelope.ts'
import type { Message } from '#log/log.ts'

// Fatal: bytes that are no text are a fault of the message, to be told, not papered over.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The message as text; throws when it is none. Of headers with one name the last counts. */
export function received({ value, headers }: Message): Received {
  return {
    value: value && utf8.decode(value),
    headers: new Map(headers.map(([name, bytes]) => [name, utf8.decode(bytes)])),
  }
}
