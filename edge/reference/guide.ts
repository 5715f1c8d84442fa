import { MAX_BODY_BYTES } from '#platform/body-limit.ts'
import { DEFAULTS } from '#platform/defaults.mjs'
import { LIMITS } from '../limits.ts'
import { CANCELLATION_TERMS } from './cancellation-terms.ts'

/** The introduction of the reference: Markdown, as OpenAPI's description allows. */
export const GUIDE = `Reservoir takes bookings of stays, hotels, flights and cars. Every write is a command on an event log. The listing \
decides its commands one after the other, in the order of the log.

## Getting started

\`npm start\` runs the whole system with six demo listings. In that mode this page already has a token for each role: open a route, \
choose **Test Request** and send it. In a terminal:

\`\`\`sh
URL=http://localhost:${DEFAULTS.EDGE_PORT}  # or the address of this page
T=$(npm run -s token -- --role traveler --sub traveler-1)
O=$(npm run -s token -- --role owner --sub owner-1)

# The traveler requests a booking.
curl -s $URL/v1/bookings -H "Authorization: Bearer $T" \\
  -H 'Content-Type: application/json' -H 'Prefer: wait=5' \\
  -d '{"listingId": "listing-123", "guests": 2,
       "checkIn": "2030-12-01", "checkOut": "2030-12-05"}'

# The owner reads its id and accepts it.
curl -s "$URL/v1/bookings?status=pending" \\
  -H "Authorization: Bearer $O"
curl -s -X POST $URL/v1/bookings/ID/accept \\
  -H "Authorization: Bearer $O"

# The traveler watches notifications; -N shows each at once.
curl -sN $URL/v1/notifications/stream \\
  -H "Authorization: Bearer $T"
\`\`\`

Two bookings of the same nights conflict: the second request returns 409 \`dates_unavailable\`. Choose other dates to repeat the \
example.

## Authentication

Send \`Authorization: Bearer TOKEN\` with every request, except to the routes that need none. A token is a JWT with the claims \
\`sub\` (your id) and \`role\`:

| role | may |
|---|---|
| \`traveler\` | request bookings, read and cancel their own |
| \`owner\` | publish listings; read and decide the bookings of their listings; read their analytics |
| \`admin\` | do what an owner may, for every listing; read the event log |

Each route lists the roles that may call it. Objects you may not access return 404. For development, \
\`npm run -s token -- --role owner --sub owner-1\` prints a token that is valid for 24 hours.

## States of a booking

\`pending → (accepted) → confirmed → completed\`, and \`rejected\`, \`expired\`, \`cancelled\`, \`failed\`.

| status | meaning |
|---|---|
| \`pending\` | requested; holds the dates until \`holdExpiresAt\` |
| \`accepted\` | accepted by the owner, payment is outstanding; holds the dates |
| \`confirmed\` | agreed; holds the dates |
| \`completed\` | the stay is over |
| \`rejected\` | rejected by the owner, or because another booking or a block took its dates |
| \`expired\` | no decision was made in time |
| \`cancelled\` | cancelled by the traveler, the owner or an admin |
| \`failed\` | not possible; \`reason\` has the problem code, for example \`dates_unavailable\` |

The listing's \`confirmationPolicy\` says whose agreement a booking needs: \`owner\`, \`payment\`, \`owner+payment\` or \`instant\`.

## Rules of a listing

| field | meaning |
|---|---|
| \`decisionWindowMs\` | how long a pending or accepted booking holds its dates, never past the check-in |
| \`holdOnRequest\` | \`false\`: pending bookings hold nothing, so several can ask for the same dates; when one is accepted, the others are \
rejected |
| \`minNights\`, \`maxNights\` | fewest and most nights or days of a booking |
| \`advanceNoticeDays\` | days between the request and the check-in, at least |
| \`cancellationPolicy\` | what a traveler who cancels gets back |

\`POST /v1/quotes\` applies these rules to a request without sending it: price, availability, terms.

## Payment and cancellation

\`payment\` of a booking is null if the booking needs no payment. Otherwise its \`status\` is \`none\`, \`requires_action\` (the traveler opens \
\`nextAction\`), \`authorized\`, \`captured\`, \`partially_refunded\`, \`refunded\`, \`voided\` or \`failed\`. Money is captured when the \
booking is confirmed.

A booking keeps the \`cancellationPolicy\` that its listing had at the request. It applies when a traveler cancels a confirmed booking. \
\`GET /v1/bookings/{id}/cancellation-quote\` returns what the traveler would get back now. Days end at midnight in the time zone that the listing had at the request:

| policy | the traveler gets back |
|---|---|
${CANCELLATION_TERMS}

A cancellation by the owner or an admin gives everything back, and so does one before the confirmation.

## Waiting for the outcome

A request for a booking returns as soon as the log has it: 201 with a pending booking. If its dates are known to be taken, it is not \
sent and returns 409 \`dates_unavailable\` at once. With \`Prefer: wait=N\` the response waits up \
to N seconds (30 at most) for the decision and returns 201 with the decided booking or 409 with a problem. If there is no decision \
in time, it returns 202. Accept, reject, cancel and the listing routes wait 5 seconds unless \`Prefer\` says otherwise.

## Repeating safely

Send an \`Idempotency-Key\` with a POST (any text of 1 to 255 printable characters, for example a UUID). A repeated request with the \
same key and body returns the original response with \`Idempotency-Replayed: true\`, and nothing is done twice. The same key with \
another body returns 422 \`idempotency_key_reused\`. Responses are kept for 24 hours. A request that was rejected before it was sent \
leaves its key unused. If a 503 leaves the outcome open, its \
\`idempotencyKey\` is the key to repeat the request with.

## Reading your own writes

Reads come from views that follow the log with a short delay. A write returns a \`Consistency-Token\`. Send it with a read, and the \
read waits up to 5 seconds until it includes that write; otherwise it returns 503 \`not_yet_visible\`. A token \
expires after 24 hours: a read with it returns 422 \`invalid_request\`, and a read without it includes the write.

## Concurrent changes

\`ETag\` is the version of a booking. Send it as \`If-Match\` to decide only the version you have seen; if the booking has changed, \
the response is 412 \`version_mismatch\`. Send it as \`If-None-Match\` to get 304 while the booking is unchanged.

## Pages

Lists return \`{data, nextCursor}\`. Send \`nextCursor\` as \`cursor\` to get the next page; it is null on the last page. \`limit\` \
is 1 to 100, by default 20. Cursors are opaque and remain valid while items are added. \`Link: <…>; rel="next"\` has the same address.

## Problems

Every error is \`application/problem+json\` (RFC 9457). Programs tell problems apart by \`code\`; \`remedy\` says what to do, and \
\`errors\` points at invalid fields. [Every problem has a page](/problems).

\`\`\`json
{
  "type": "/problems/invalid_request",
  "title": "The request is not valid",
  "status": 422,
  "code": "invalid_request",
  "remedy": "Correct each entry of \`errors\`: \`pointer\` names the place and \`detail\` says what is expected there.",
  "errors": [{ "pointer": "/guests", "detail": "guests must be at least 1." }],
  "instance": "/v1/bookings",
  "requestId": "0a5d6c2e-6f6a-4f0e-9b52-6a1f4d1c7e11"
}
\`\`\`

## Limits

| what | limit |
|---|---|
| requests | by default 12 000 a minute for each role and subject; \`RateLimit\` shows what is left, 429 has \`Retry-After\` |
| body | ${MAX_BODY_BYTES / 1024} KiB of JSON (webhooks: ${LIMITS.webhookBytes / 1024} KiB), with \`Content-Type: application/json\` |
| booking | 365 days, 1 000 guests, 10 000 units |
| range of days | 366 days for availability and analytics |
| page | 100 items |

## Response headers

| header | meaning |
|---|---|
| \`X-Request-Id\` | names the request in logs and problems; send your own to correlate |
| \`Location\` | address of the created object, readable at once |
| \`ETag\` | version of the booking |
| \`Consistency-Token\` | of a write: send it with a read to see this write |
| \`Idempotency-Replayed\` | \`true\`: this is the original response of an earlier request |
| \`Preference-Applied\` | the \`wait\` that was applied |
| \`Retry-After\` | seconds to wait before the next request |
| \`RateLimit\`, \`RateLimit-Policy\` | requests left in the current minute, and the rule |
| \`Link\` | next page of a list |

## Dates and amounts

Days are \`YYYY-MM-DD\`; spans are half open, so the check-out day is free again. Instants are RFC 3339 in UTC. Amounts are integers in \
minor units with an ISO 4217 currency: \`{"amount": 12500, "currency": "USD"}\` is 125.00 USD.
`
