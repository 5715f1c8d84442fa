import { z } from 'zod'

/** Ids that connect a request with its effects, over HTTP and through the log. */
export const Trace = z.strictObject({
  /** `X-Request-Id`, the client's or the edge's. */
  requestId: z
    .string()
    .regex(/^[\w=.:-]{1,128}$/)
    .optional(),
  /** W3C Trace Context, the client's or the edge's. */
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
})
export type Trace = z.infer<typeof Trace>

/** The header that names a request, over HTTP and in the log. */
export const REQUEST_ID = 'x-request-id'

/** The headers of a message; unknown ids are left out. */
export function traceHeaders({ requestId, traceparent }: Trace = {}): [name: string, value: string][] {
  const headers: [string, string | undefined][] = [
    ['traceparent', traceparent],
    [REQUEST_ID, requestId],
  ]
  return headers.filter((header): header is [string, string] => header[1] !== undefined)
}
