/**
 * A stand-in for Stripe: the HTTP paths, bodies, statuses and errors of its PaymentIntents and refunds, with their state, its idempotency
 * keys and its signed webhooks. It checks what Stripe checks before it moves money.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Stripe } from 'stripe'

export const SECRET_KEY = 'sk_test_stub'
export const WEBHOOK_SECRET = 'whsec_stub'

/** The stub's cards, by the names of Stripe's test payment methods. */
const CARDS: Readonly<Record<string, { decline?: object; authenticate?: boolean; losesAnswers?: number }>> = {
  pm_card_visa: {},
  pm_card_chargeDeclined: { decline: { code: 'card_declined', decline_code: 'generic_decline' } },
  pm_card_chargeDeclinedInsufficientFunds: { decline: { code: 'card_declined', decline_code: 'insufficient_funds' } },
  pm_card_authenticationRequired: { authenticate: true },
  pm_losesAnswers: { losesAnswers: 2 },
}

/** The capture of such an amount is declined. */
const DECLINED_AT_CAPTURE = 13

interface StubIntent {
  id: string
  object: 'payment_intent'
  amount: number
  amount_received: number
  currency: string
  status: string
  metadata: Record<string, string>
  next_action: object | null
  last_payment_error: object | null
  latest_charge: { id: string; amount_refunded: number } | null
}

interface Answer {
  status: number
  body: object
}

/** What happens to the next request: it is handled, handled without an answer, never answered, or answered without being handled. */
export type Fault = 'pass' | 'lost' | 'hangs' | Answer

export interface Stub {
  url: string
  intents: ReadonlyMap<string, StubIntent>
  /** The bodies of all requests, as they were sent. */
  bodies: readonly string[]
  faults: Fault[]
  /** The traveler's bank authenticates a payment, or refuses to. */
  authenticate: (id: string, succeeds: boolean) => void
  /** Where webhooks go. */
  webhooks: { url: string | undefined; sent: Promise<number>[] }
  close: () => Promise<void>
}

class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, error: object) {
    super('refused')
    this.answer = { status, body: { error } }
  }
}

const invalid = (code: string, param: string, status = 400): Refusal =>
  new Refusal(status, { type: 'invalid_request_error', code, param, message: `invalid ${param}` })

export async function startStub(): Promise<Stub> {
  const intents = new Map<string, StubIntent>()
  const answers = new Map<string, { request: string; answer: Answer | undefined }>()
  const bodies: string[] = []
  const faults: Fault[] = []
  const lost = new Map<string, number>()
  const webhooks: Stub['webhooks'] = { url: undefined, sent: [] }
  let ids = 0

  const intentAt = (id: string): StubIntent => {
    const intent = intents.get(id)
    if (!intent) throw invalid('resource_missing', 'intent', 404)
    return intent
  }

  function move(intent: StubIntent, status: string, event: string): void {
    intent.status = status
    if (webhooks.url === undefined) return
    const body = JSON.stringify({ id: `evt_${++ids}`, object: 'event', type: event, data: { object: intent } })
    const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET })
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': header }
    webhooks.sent.push(fetch(webhooks.url, { method: 'POST', body, headers }).then(({ status }) => status))
  }

  function decline(intent: StubIntent, error: object): never {
    intent.last_payment_error = { type: 'card_error', ...error }
    move(intent, 'requires_payment_method', 'payment_intent.payment_failed')
    throw new Refusal(402, { type: 'card_error', message: 'Your card was declined.', ...error, payment_intent: intent })
  }

  function create(form: URLSearchParams): object {
    const method = form.get('payment_method') ?? ''
    const card = CARDS[method]
    if (!card) throw invalid('resource_missing', 'payment_method')
    const amount = Number(form.get('amount'))
    if (!Number.isInteger(amount) || amount < 1) throw invalid('parameter_invalid_integer', 'amount')
    if (form.get('capture_method') !== 'manual' || form.get('confirm') !== 'true') throw invalid('parameter', 'confirm')
    const metadata = Object.fromEntries(
      [...form].flatMap(([name, value]) => (/^metadata\[(\w+)\]$/.exec(name) ? [[name.slice(9, -1), value]] : [])),
    )
    const id = `pi_${++ids}`
    const intent: StubIntent = {
      id,
      object: 'payment_intent',
      amount,
      amount_received: 0,
      currency: form.get('currency')!,
      status: 'requires_confirmation',
      metadata,
      next_action: null,
      last_payment_error: null,
      latest_charge: null,
    }
    intents.set(id, intent)
    if (card.losesAnswers) lost.set(form.toString(), card.losesAnswers)
    if (card.decline) decline(intent, card.decline)
    if (card.authenticate && form.get('error_on_requires_action') === 'true')
      decline(intent, { code: 'authentication_required', decline_code: 'authentication_required' })
    if (card.authenticate) {
      intent.next_action = { type: 'redirect_to_url', redirect_to_url: { url: `https://hooks.stripe.test/${id}` } }
      move(intent, 'requires_action', 'payment_intent.requires_action')
    } else authorize(intent)
    return intent
  }

  function authorize(intent: StubIntent): void {
    intent.latest_charge = { id: `ch_${++ids}`, amount_refunded: 0 }
    intent.next_action = null
    move(intent, 'requires_capture', 'payment_intent.amount_capturable_updated')
  }

  function capture(intent: StubIntent): object {
    if (intent.status !== 'requires_capture') throw invalid('payment_intent_unexpected_state', 'intent')
    if (intent.amount % 100 === DECLINED_AT_CAPTURE) decline(intent, { code: 'card_declined' })
    intent.amount_received = intent.amount
    move(intent, 'succeeded', 'payment_intent.succeeded')
    return intent
  }

  function cancel(intent: StubIntent): object {
    if (['succeeded', 'canceled'].includes(intent.status)) throw invalid('payment_intent_unexpected_state', 'intent')
    // As Stripe counts it.
    if (intent.latest_charge) intent.latest_charge.amount_refunded = intent.amount
    move(intent, 'canceled', 'payment_intent.canceled')
    return intent
  }

  function refund(form: URLSearchParams): object {
    const intent = intentAt(form.get('payment_intent') ?? '')
    const amount = Number(form.get('amount'))
    const left = intent.amount_received - (intent.latest_charge?.amount_refunded ?? 0)
    if (intent.status !== 'succeeded' || amount < 1 || amount > left) throw invalid('amount_too_large', 'amount')
    intent.latest_charge!.amount_refunded += amount
    return { id: `re_${++ids}`, object: 'refund', amount, status: 'succeeded', payment_intent: intent.id }
  }

  function search(query: string): object {
    const bookingId = /^metadata\['bookingId'\]:'([\w-]+)'$/.exec(query)?.[1]
    const data = [...intents.values()].filter(({ metadata }) => metadata['bookingId'] === bookingId)
    return { object: 'search_result', data, has_more: false, next_page: null }
  }

  function handle(route: string, form: URLSearchParams, url: URL): object {
    const [, id = '', operation] = /^\w+ \/v1\/payment_intents\/(\w+)(\/\w+)?$/.exec(route) ?? []
    if (route === 'POST /v1/payment_intents') return create(form)
    if (route === 'POST /v1/refunds') return refund(form)
    if (route === 'GET /v1/payment_intents/search') return search(url.searchParams.get('query') ?? '')
    if (operation === '/capture') return capture(intentAt(id))
    if (operation === '/cancel') return cancel(intentAt(id))
    if (id && route.startsWith('GET ')) return intentAt(id)
    throw invalid('url_invalid', 'url', 404)
  }

  function answerOf(route: string, form: URLSearchParams, url: URL): Answer {
    try {
      return { status: 200, body: structuredClone(handle(route, form, url)) }
    } catch (error) {
      if (error instanceof Refusal) return structuredClone(error.answer)
      throw error
    }
  }

  /** A key is used for one request, and has the answer of the first one. */
  function keyed(key: string | undefined, route: string, form: URLSearchParams, url: URL): Answer {
    if (key === undefined) return answerOf(route, form, url)
    const request = `${route} ${form}`
    const before = answers.get(key)
    if (before === undefined) {
      const entry: { request: string; answer: Answer | undefined } = { request, answer: undefined }
      answers.set(key, entry)
      entry.answer = answerOf(route, form, url)
      return entry.answer
    }
    if (before.request !== request) return { status: 400, body: { error: { type: 'idempotency_error' } } }
    if (before.answer) return before.answer
    return { status: 409, body: { error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } } }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://stub')
    const body = await text(request)
    bodies.push(body)
    const fault = faults.shift()
    if (fault === 'hangs') return
    if (typeof fault === 'object') return send(response, fault)
    if (request.headers.authorization !== `Bearer ${SECRET_KEY}`)
      return send(response, {
        status: 401,
        body: { error: { type: 'invalid_request_error', message: 'Invalid API Key' } },
      })
    const form = new URLSearchParams(body)
    const key = request.headers['idempotency-key']
    const answer = keyed(key as string | undefined, `${request.method} ${url.pathname}`, form, url)
    const toLose = lost.get(form.toString()) ?? 0
    if (toLose > 0) lost.set(form.toString(), toLose - 1)
    if (fault === 'lost' || toLose > 0) request.socket.destroy()
    else send(response, answer)
  }

  const server = createServer((request, response) => void respond(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intents,
    bodies,
    faults,
    webhooks,
    authenticate(id, succeeds) {
      const intent = intentAt(id)
      if (succeeds) return authorize(intent)
      intent.next_action = null
      intent.last_payment_error = { type: 'invalid_request_error', code: 'payment_intent_authentication_failure' }
      move(intent, 'requires_payment_method', 'payment_intent.payment_failed')
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': 'req_stub' }).end(JSON.stringify(body))
}
