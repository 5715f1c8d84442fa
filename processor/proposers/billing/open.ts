import { z } from 'zod'
import { baseUrl, type Environment } from '#platform/settings.ts'
import { DEFAULTS } from '#platform/defaults.mjs'
import { type SigningKeys, signingKey } from '#platform/signature.ts'
import { secretFrom, webhookSignerOf } from '#platform/webhook-signature.ts'
import type { Store } from '#store/store.ts'
import { createEmbeddedGateway, type EmbeddedGateway } from './embedded/embedded-gateway.ts'
import { webhookSender } from './embedded/webhooks.ts'
import type { Gateway } from './gateway.ts'
import { secretKeyIn, STRIPE_ENVIRONMENT, type StripeEnvironment, stripeProblems } from './stripe/settings.ts'
import { createStripeGateway } from './stripe/stripe-gateway.ts'

export interface GatewayDeps {
  store: Store
  /** The embedded gateway signs its webhooks with a secret derived from the first one. */
  commandKeys: SigningKeys
  /** The address of the edge. Asked for each time, because an edge on any free port starts after the processor. */
  edgeUrl: () => string
  /** The settings of Stripe. */
  stripe?: StripeEnvironment
  /** Ends what the gateway does by itself. */
  end: AbortSignal
}

export interface OpenedGateway {
  gateway: Gateway
  /** In place of the page on which a traveler authenticates a payment; only for development. */
  authenticate?: EmbeddedGateway['authenticate']
}

interface BillingEntry {
  /** Undefined: nothing of ours decides, and bookings that need a payment wait for the end of their hold. */
  open: (deps: GatewayDeps) => OpenedGateway | undefined
  /** What is wrong with the other settings. */
  problems?: (env: Environment) => string[]
}

/** The values of `BILLING`: who decides about payments. */
const BILLING = {
  embedded: { open: openEmbedded, problems: refusedInProduction },
  stripe: { open: openStripe, problems: stripeProblems },
  /** A service of another team decides, and writes its results to the log. */
  external: { open: () => undefined },
  off: { open: () => undefined },
} as const satisfies Record<string, BillingEntry>

export type Billing = keyof typeof BILLING

export const openGateway = (billing: Billing, deps: GatewayDeps): OpenedGateway | undefined =>
  BILLING[billing].open(deps)

function openEmbedded({ store, commandKeys, edgeUrl, end }: GatewayDeps): OpenedGateway {
  const sign = webhookSignerOf(secretFrom(signingKey(commandKeys)))
  const gateway = createEmbeddedGateway({
    store,
    authenticationUrl: (bookingId) => `${edgeUrl()}/v1/dev/payments/${bookingId}/authenticate`,
    sendWebhook: webhookSender({ url: () => `${edgeUrl()}/v1/payments/webhook`, sign, end, now: Date.now }),
  })
  return { gateway, authenticate: (bookingId, succeeds) => gateway.authenticate(bookingId, succeeds) }
}

function openStripe({ stripe = {} }: GatewayDeps): OpenedGateway {
  const secretKey = secretKeyIn(stripe)
  if (secretKey === undefined) throw new Error(stripeProblems({}).join())
  const { STRIPE_RETURN_URL: returnUrl, STRIPE_API_BASE: apiBase } = stripe
  return { gateway: createStripeGateway({ secretKey, returnUrl, apiBase }) }
}

const NAMES = Object.keys(BILLING) as [Billing, ...Billing[]]

/** The settings of billing. */
export const BILLING_ENVIRONMENT = {
  BILLING: z.enum(NAMES, `must be one of ${NAMES.join(', ')}`).optional(),
  ...STRIPE_ENVIRONMENT,
  EDGE_URL: baseUrl('the edge').default(`http://127.0.0.1:${DEFAULTS.EDGE_PORT}`),
}

export const billingIn = ({ BILLING: billing, PROFILE }: { BILLING?: Billing | undefined; PROFILE: string }): Billing =>
  billing ?? (PROFILE === 'dev' ? 'embedded' : 'off')

/** Without real money, bookings would be confirmed without a payment. */
function refusedInProduction({ PROFILE }: Environment): string[] {
  return PROFILE === 'dev' ? [] : ['BILLING is embedded, which moves no money; production must choose another one']
}

export function billingProblems(env: Environment): string[] {
  const entry = new Map<string, BillingEntry>(Object.entries(BILLING)).get(env['BILLING'] ?? '')
  return entry?.problems?.(env) ?? []
}
