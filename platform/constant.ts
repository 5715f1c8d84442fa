import { isKnown } from './etag.ts'
import { madeOnce } from './made-once.ts'

/**
 * A response that never changes. Its bytes and its entity tag are made once, at the first request, and every response shares them:
 * a client that reads none of them costs no copy.
 * @returns the response to a request: 304 if `If-None-Match` names the entity tag
 */
export function constantResponse(
  make: () => string | Bytes | Promise<string | Bytes>,
  headers: Readonly<Record<string, string>>,
): (request: Request) => Promise<Response> {
  const constant = madeOnce(() => constantOf(make))
  return async (request) => {
    const { bytes, etag } = await constant()
    const unchanged = isKnown(request.headers.get('If-None-Match'), etag)
    const tagged = { 'Cache-Control': 'no-cache', ...headers, ETag: etag }
    if (unchanged) return new Response(null, { status: 304, headers: tagged })
    return new Response(bodyOf(bytes), {
      ...ENCODED_BEFORE,
      headers: { ...tagged, 'Content-Length': `${bytes.length}` },
    })
  }
}

/** Cloudflare Workers would otherwise encode the bytes of a response with `Content-Encoding` once more. */
const ENCODED_BEFORE = { encodeBody: 'manual' }

/** What a connection holds at most of a large response. */
const CHUNK_BYTES = 64 * 1024

type Bytes = Uint8Array<ArrayBuffer>

/** A `Response` copies bytes that it is given, so that large ones are passed in chunks, as the client reads them. */
function bodyOf(bytes: Bytes): Bytes | ReadableStream<Bytes> {
  if (bytes.length <= CHUNK_BYTES) return bytes
  let sent = 0
  const pull = (controller: ReadableStreamDefaultController<Bytes>): void => {
    controller.enqueue(bytes.subarray(sent, (sent += CHUNK_BYTES)))
    if (sent >= bytes.length) controller.close()
  }
  return new ReadableStream({ pull }, { highWaterMark: 0 })
}

interface Constant {
  bytes: Bytes
  etag: string
}

async function constantOf(make: Parameters<typeof constantResponse>[0]): Promise<Constant> {
  const made = await make()
  const bytes = typeof made === 'string' ? new TextEncoder().encode(made) : made
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const tag = Array.from(digest.subarray(0, TAG_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { bytes, etag: `"${tag}"` }
}

/** Enough to tell the versions of one document apart. */
const TAG_BYTES = 8
