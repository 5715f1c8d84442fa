/**
 * Problems are RFC 9457 documents. Each has a type: a value that says what the problem means and what the client does about it.
 * The types here know nothing of bookings; `domain/problems.ts` has those of bookings and listings.
 */
export interface ProblemType {
  /** Stable. Clients tell problems apart by it; it is the last part of the document's `type`. */
  readonly code: string
  readonly status: ProblemStatus
  readonly title: string
  /** One or two sentences: what the problem means and when it occurs. */
  readonly meaning: string
  /** One or two sentences: what the client does about it. */
  readonly remedy: string
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 415 | 422 | 429 | 431 | 500 | 503

/** The types that any HTTP service may return. Those about bookings stand in the domain. */
export const PROBLEMS = {
  invalid_http: {
    code: 'invalid_http',
    status: 400,
    title: 'The request is not valid HTTP',
    meaning: 'The request line or a header violates HTTP: for example, the Host header is missing or repeated.',
    remedy: 'Use an HTTP library; it sets the Host header from the URL.',
  },
  request_timeout: {
    code: 'request_timeout',
    status: 408,
    title: 'The request took too long to arrive',
    meaning: 'The headers or the body of the request did not arrive in time. Nothing was changed.',
    remedy: 'Send the request again, without pauses between its parts.',
  },
  headers_too_large: {
    code: 'headers_too_large',
    status: 431,
    title: 'The headers are too large',
    meaning: 'The request line and the headers together exceed the size limit. Nothing was changed.',
    remedy: 'Send fewer or shorter headers, cookies and query parameters; `detail` states the limit.',
  },
  malformed_json: {
    code: 'malformed_json',
    status: 400,
    title: 'The body is not valid JSON',
    meaning: 'The request body could not be parsed as JSON. Nothing was changed.',
    remedy: 'Send one JSON value in UTF-8. A JSON validator shows the position of the error.',
  },
  invalid_cursor: {
    code: 'invalid_cursor',
    status: 400,
    title: 'The cursor is not valid',
    meaning:
      'The `cursor` parameter is not a value that this service returned as `nextCursor` of a list in the same order.',
    remedy: 'Send `nextCursor` of the previous page unchanged, or omit `cursor` to start at the first page.',
  },
  unauthenticated: {
    code: 'unauthenticated',
    status: 401,
    title: 'A valid bearer token is required',
    meaning: 'The request has no bearer token, or the token is malformed, expired or not signed by a trusted key.',
    remedy: 'Send "Authorization: Bearer <token>" with a valid token. Get a new token if yours has expired.',
  },
  invalid_signature: {
    code: 'invalid_signature',
    status: 401,
    title: 'A valid signature of the body is required',
    meaning:
      'The `Stripe-Signature` header is missing, too old, or no signature of this body by the shared secret. Nothing was changed.',
    remedy: 'Sign the bytes of the body with the secret of this endpoint, and send them within five minutes.',
  },
  forbidden: {
    code: 'forbidden',
    status: 403,
    title: "The token's role may not do this",
    meaning: 'The token is valid, but its role does not permit this request.',
    remedy: 'Use a token with a permitted role. The reference lists the roles of each route.',
  },
  not_found: {
    code: 'not_found',
    status: 404,
    title: 'Not found',
    meaning: 'The path or the object does not exist. Objects you may not access also return 404.',
    remedy: 'Check the path and the ids against the reference, and use a token that may access the object.',
  },
  method_not_allowed: {
    code: 'method_not_allowed',
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists but does not support this HTTP method.',
    remedy: "Use one of the methods in the response's Allow header.",
  },
  unsupported_media_type: {
    code: 'unsupported_media_type',
    status: 415,
    title: 'The content type or encoding is not supported',
    meaning:
      'The request has a body whose Content-Type is missing or not a JSON type, or which has a Content-Encoding. Nothing was changed.',
    remedy: 'Send the body as JSON with "Content-Type: application/json", without compression.',
  },
  body_too_large: {
    code: 'body_too_large',
    status: 413,
    title: 'The body is too large',
    meaning: 'The request body exceeds the size limit. Nothing was changed.',
    remedy: 'Send a smaller body; `detail` states the limit.',
  },
  invalid_request: {
    code: 'invalid_request',
    status: 422,
    title: 'The request is not valid',
    meaning: 'A field, parameter or header has a value that is not permitted. Nothing was changed.',
    remedy: 'Correct each entry of `errors`: `pointer` names the place and `detail` says what is expected there.',
  },
  idempotency_key_reused: {
    code: 'idempotency_key_reused',
    status: 422,
    title: 'The Idempotency-Key was used for a different request',
    meaning: 'An earlier request with this Idempotency-Key had a different body. Nothing was changed.',
    remedy: 'Use a new Idempotency-Key for each new request. Reuse a key only to repeat a request with the same body.',
  },
  too_many_requests: {
    code: 'too_many_requests',
    status: 429,
    title: 'Too many requests',
    meaning:
      'Your account or address has exceeded its rate limit, or its share of what the service processes at once. The request was not processed.',
    remedy: 'Wait for the number of seconds in Retry-After, then send fewer requests, or fewer at once.',
  },
  overloaded: {
    code: 'overloaded',
    status: 503,
    title: 'The service is overloaded',
    meaning: 'Other clients use all that the service can process at once. The request was not processed.',
    remedy: 'Repeat the request after Retry-After.',
  },
  internal_error: {
    code: 'internal_error',
    status: 500,
    title: 'Internal error',
    meaning: 'The service failed unexpectedly. A write may or may not have been carried out.',
    remedy:
      'Repeat a write with its Idempotency-Key. If the problem persists, report the X-Request-Id of the response.',
  },
  keys_unavailable: {
    code: 'keys_unavailable',
    status: 503,
    title: 'The keys that verify tokens are unavailable',
    meaning:
      'The token could not be verified, because its issuer did not respond with its public keys. Nothing was changed.',
    remedy: 'Repeat the request with the same token after Retry-After.',
  },
  log_unavailable: {
    code: 'log_unavailable',
    status: 503,
    title: 'The event log is unavailable; nothing was written',
    meaning: 'The request was valid, but the event log could not be reached. Nothing was written.',
    remedy: 'Repeat the request after Retry-After, with the Idempotency-Key in `idempotencyKey`.',
  },
  outcome_unknown: {
    code: 'outcome_unknown',
    status: 503,
    title: 'The outcome is unknown',
    meaning:
      'The request was sent to the event log, which did not confirm it in time. It may or may not have been written.',
    remedy:
      'Repeat the request after Retry-After, with the Idempotency-Key in `idempotencyKey`. The command is carried out at most once.',
  },
  query_unavailable: {
    code: 'query_unavailable',
    status: 503,
    title: 'The query API is unavailable',
    meaning: 'The service that answers reads could not be reached, or could not reach its log or store.',
    remedy: 'Repeat the request after Retry-After. New bookings can still be requested.',
  },
  not_yet_visible: {
    code: 'not_yet_visible',
    status: 503,
    title: 'The data is not visible yet',
    meaning:
      'The read models have not caught up in time: either with the write that the Consistency-Token names, or far enough to tell whether the requested id exists.',
    remedy: 'Repeat the read after Retry-After, with the same Consistency-Token if you sent one.',
  },
} as const satisfies Readonly<Record<string, ProblemType>>

/** What is wrong in one place of a request. */
export interface Fault {
  /** JSON pointer into the body, or the name of a header or query parameter. */
  pointer: string
  /** A sentence that begins with the field's name and says what is expected. */
  detail: string
}

/** The members of a problem document that differ between two problems of one type. */
export interface ProblemExtras {
  detail?: string
  instance?: string
  errors?: Fault[]
  [extension: string]: unknown
}

export interface ProblemDocument extends ProblemExtras {
  type: string
  title: string
  status: ProblemStatus
  code: string
  /** What the client does about it, in one or two sentences. */
  remedy: string
}

export function problem({ code, title, status, remedy }: ProblemType, extras: ProblemExtras = {}): ProblemDocument {
  return { type: `/problems/${code}`, title, status, code, remedy, ...extras }
}

/** Ends a request with a problem: the HTTP server that catches it returns `document`. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly document: ProblemDocument
  constructor(type: ProblemType, extras: ProblemExtras = {}, options?: ErrorOptions) {
    super(extras.detail ?? type.title, options)
    this.document = problem(type, extras)
  }
}
