import type { Received } from '#domain/envelope.ts'
import type { Bytes, Message } from '#log/log.ts'

// Fatal: a message with invalid UTF-8 must be rejected, not changed.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The message as text. The last of several headers with one name wins; `null` counts as absent. @throws TypeError for invalid UTF-8 */
export function received({ value, headers }: Message): Received {
  const last = new Map(headers)
  const present = [...last].filter((header): header is [string, Bytes] => header[1] !== null)
  return {
    value: value && utf8.decode(value),
    headers: new Map(present.map(([name, bytes]) => [name, utf8.decode(bytes)])),
  }
}
