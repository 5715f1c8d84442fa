import type { Received } from '#domain/envelope.ts'
import type { Message } from '#log/log.ts'

// Fatal: a message with invalid UTF-8 must be rejected, not changed.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The message as text. The last of several headers with one name wins. @throws TypeError for invalid UTF-8 */
export function received({ value, headers }: Message): Received {
  return {
    value: value && utf8.decode(value),
    headers: new Map(headers.map(([name, bytes]) => [name, utf8.decode(bytes)])),
  }
}
