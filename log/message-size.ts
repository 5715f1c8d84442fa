import { type Bytes, LogError, MAX_BATCH_BYTES, MAX_MESSAGE_BYTES } from './log.ts'

interface Sized {
  key?: string | Bytes | null
  value: string | Bytes | null
  headers?: readonly (readonly [name: string, value: string | Bytes | null])[]
}

/** Bytes of a message's key, value and headers together. */
export function messageBytes({ key, value, headers = [] }: Sized): number {
  let bytes = bytesOf(key) + bytesOf(value)
  for (const [name, value] of headers) bytes += bytesOf(name) + bytesOf(value)
  return bytes
}

/** Returns the size; rejects with `too_large` above {@link MAX_MESSAGE_BYTES}. */
export function checkMessageSize(message: Sized): number {
  const bytes = messageBytes(message)
  if (bytes <= MAX_MESSAGE_BYTES) return bytes
  throw new LogError('too_large', `a message must not exceed ${MAX_MESSAGE_BYTES} bytes; this one has ${bytes}`)
}

/** The first messages that fit into a batch: at most `max`, of at most {@link MAX_BATCH_BYTES}, but at least one. */
export function firstBatch<M extends Sized>(messages: readonly M[], max: number): M[] {
  const first = messages.slice(0, max)
  let bytes = 0
  const end = first.findIndex((message, i) => (bytes += messageBytes(message)) > MAX_BATCH_BYTES && i > 0)
  return end === -1 ? first : first.slice(0, end)
}

function bytesOf(text: string | Bytes | null | undefined): number {
  if (text == null) return 0
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length
}
