import { isKnown } from './etag.ts'

/**
 * A response that never changes. Its bytes and its entity tag are made once, at the first request, and every response shares them:
 * a client that reads none of them costs no memory.
 * @returns the response to a request: 304 if `If-None-Match` names the entity tag
 */
export function constantResponse(
  make: () => string | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>,
  headers: Readonly<Record<string, string>>,
): (request: Request) => Promise<Response> {
  let made: Promise<Constant> | undefined
  return async (request) => {
    const { bytes, etag } = await (made ??= constantOf(make))
    const unchanged = isKnown(request.headers.get('If-None-Match'), etag)
    const tagged = { 'Cache-Control': 'no-cache', ...headers, ETag: etag }
    return unchanged ? new Response(null, { status: 304, headers: tagged }) : new Response(bytes, { headers: tagged })
  }
}

interface Constant {
  bytes: Uint8Array<ArrayBuffer>
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
