import { Stripe } from 'stripe'

export interface StripeSettings {
  secretKey: string
  /** Default: Stripe's own address. */
  apiBase?: string | undefined
  /** Longest silence of a connection. */
  timeoutMs: number
}

/** The client of Stripe without its own retries: the driver decides what is repeated. */
export function createClient({ secretKey, apiBase, timeoutMs }: StripeSettings): Stripe {
  return new Stripe(secretKey, {
    ...(apiBase !== undefined && addressIn(apiBase)),
    httpClient: onceClient(),
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
  })
}

function addressIn(apiBase: string) {
  const { protocol, hostname, port } = new URL(apiBase)
  return {
    protocol: protocol === 'http:' ? ('http' as const) : ('https' as const),
    host: hostname,
    ...(port && { port }),
  }
}

/**
 * The package repeats a request whose connection was closed, by the code of the error, also with retries turned off. Its second error would
 * then hide that the first request may be done.
 */
function onceClient(): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient()
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      try {
        return await client.makeRequest(...request)
      } catch (cause) {
        throw new Error('the connection failed', { cause })
      }
    },
  }
}
