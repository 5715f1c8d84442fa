import type { Role } from '#domain/actor.ts'
import { SILENT } from '#platform/log-line.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { secretIn, WEBHOOK_SIGNATURE, webhookSignerOf, webhookVerifierOf } from '#platform/webhook-signature.ts'
import { createEdge } from '../app.ts'
import type { EdgeDeps } from '../deps.ts'
import { isSigned, type Route } from '../routes/route.ts'

/** For tests: an edge without a proxy and a query API, and a signer of its tokens. A call to a missing part throws. */

export const { tokens, publicJwk, sign } = await createSigner()

export const bearer = async (role: Role = 'traveler'): Promise<{ Authorization: string }> => ({
  Authorization: `Bearer ${await sign({ role })}`,
})

const WEBHOOK_SECRET = secretIn('whsec_test')
const signWebhook = webhookSignerOf(WEBHOOK_SECRET)

/** What a request to a route needs to be let in. */
export async function credentialsFor(
  route: Pick<Route, 'access' | 'flow'>,
  body: string,
): Promise<Record<string, string>> {
  if (route.access !== 'public') return bearer(route.access.roles[0])
  return isSigned(route) ? signatureOf(body) : {}
}

/** The header that signs a body as the payment provider does. */
export const signatureOf = async (body: string, at = Date.now()): Promise<Record<string, string>> => ({
  [WEBHOOK_SIGNATURE]: await signWebhook(body, at),
})

const missing = (): never => {
  throw new Error('this edge has no proxy and no query API')
}

export const deps: EdgeDeps = {
  commands: { append: missing, check: async () => missing() },
  query: {
    listing: missing,
    freeUnits: missing,
    listingIfAvailable: missing,
    freeUnitsIfAvailable: missing,
    booking: missing,
    listingNames: missing,
    receipt: missing,
    isUnsent: missing,
    ask: missing,
    forward: missing,
  },
  tokens,
  verifyWebhook: webhookVerifierOf([WEBHOOK_SECRET]),
  allowPastDates: false,
  log: SILENT,
}

export const edge = createEdge(deps)

/** The problem of a response. A request that passes every check ends as an internal error here. */
export async function problemOf(
  path: string,
  init: RequestInit,
): Promise<{ status: number; code: string; pointers: string[] }> {
  const response = await edge.request(path, init)
  const { code, errors = [] } = (await response.json()) as { code: string; errors?: { pointer: string }[] }
  return { status: response.status, code, pointers: errors.map(({ pointer }) => pointer) }
}
