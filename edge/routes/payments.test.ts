import { describe, expect, test } from 'vitest'
import type { Command } from '#domain/command.ts'
import type { Envelope } from '#domain/envelope.ts'
import { proposalIdOf } from '#domain/ids.ts'
import { secretFrom, webhookSignerOf, WEBHOOK_SIGNATURE } from '#platform/webhook-signature.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { createEdge } from '../app.ts'
import { LIMITS } from '../limits.ts'
import { deps, signatureOf } from '../testing/edge.ts'

const NOW = 1_900_000_000_000
const PATH = '/v1/payments/webhook'
const METADATA = { bookingId: 'booking-1', listingId: 'listing-1' }

const eventOf = (type: string, intent: object = {}) => ({
  id: 'evt_1',
  type,
  data: { object: { id: 'pi_1', status: 'any', metadata: METADATA, ...intent } },
})
const CAPTURED = JSON.stringify(eventOf('payment_intent.succeeded'))

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }

/** The response to a webhook, and the commands that were sent. */
async function deliver(body: string, headers?: Record<string, string>, type: Record<string, string> = JSON_TYPE) {
  const sent: Command[] = []
  const append = async ({ value }: Envelope) => void sent.push((JSON.parse(value) as { command: Command }).command)
  const edge = createEdge({ ...deps, commands: { ...deps.commands, append }, now: () => NOW })
  const signed = headers ?? (await signatureOf(body, NOW))
  const response = await edge.request(PATH, { method: 'POST', body, headers: { ...type, ...signed } })
  return { status: response.status, body: (await response.json()) as { code?: string; recorded?: boolean }, sent }
}

describe('a webhook about a payment of ours', () => {
  test('becomes a command of the system, whose id repeats with the event', async () => {
    const { status, body, sent } = await deliver(CAPTURED)
    expect([status, body]).toEqual([200, { recorded: true }])
    expect(sent).toMatchObject([
      {
        type: 'RecordPayment',
        id: proposalIdOf('webhook', 'evt_1'),
        ...METADATA,
        actor: { role: 'system', id: 'webhook' },
        at: new Date(NOW).toISOString(),
        report: { result: 'captured', reference: 'pi_1', amount: null, nextAction: null, reason: null },
      },
    ])
    expect((await deliver(CAPTURED)).sent[0]!.id).toBe(sent[0]!.id)
  })
})

describe('a webhook without a valid signature returns 401 and writes nothing:', () => {
  const TOLERANCE_S = 300
  const at = (seconds: number) => signatureOf(CAPTURED, NOW + seconds * 1_000)
  const derived = async () => ({
    [WEBHOOK_SIGNATURE]: await webhookSignerOf(secretFrom(COMMAND_KEYS[0]!))(CAPTURED, NOW),
  })

  test.each<[what: string, headers: () => Promise<Record<string, string>>]>([
    ['none', async () => ({})],
    ['an empty one', async () => ({ [WEBHOOK_SIGNATURE]: '' })],
    ['one of another body', () => signatureOf(`${CAPTURED} `, NOW)],
    ['one by another secret', derived],
    ['an old one', () => at(-TOLERANCE_S - 1)],
    ['one from the future', () => at(TOLERANCE_S + 1)],
    ['a token', async () => ({ Authorization: 'Bearer a.b.c' })],
  ])('%s', async (_, headers) => {
    const { status, body, sent } = await deliver(CAPTURED, await headers())
    expect([status, body.code, sent]).toEqual([401, 'invalid_signature', []])
  })

  test('a body that is not JSON', async () => {
    expect((await deliver('{', {})).body.code).toBe('invalid_signature')
  })
})

test.each<[what: string, event: object]>([
  ['an unknown type', eventOf('payment_intent.created')],
  ['a type like a member of objects', eventOf('__proto__')],
  ['a refund', { ...eventOf('charge.refunded'), data: { object: { id: 'ch_1', metadata: METADATA } } }],
  ['no metadata', eventOf('payment_intent.succeeded', { metadata: {} })],
  [
    'metadata of another program',
    eventOf('payment_intent.succeeded', { metadata: { bookingId: 'a.b', listingId: 'l' } }),
  ],
  ['an object that is no payment', { id: 'evt_1', type: 'payment_intent.succeeded', data: { object: {} } }],
])('a webhook with %s is ignored', async (_, event) => {
  const { status, body, sent } = await deliver(JSON.stringify(event))
  expect([status, body, sent]).toEqual([200, { recorded: false }, []])
})

test.each<[what: string, body: string, status: number, code: string]>([
  ['no JSON', '{', 400, 'malformed_json'],
  ['no event', '{"id":"evt_1"}', 422, 'invalid_request'],
])('a signed webhook with %s is refused', async (_, body, status, code) => {
  const answer = await deliver(body)
  expect([answer.status, answer.body.code, answer.sent]).toEqual([status, code, []])
})

test('a webhook of more than 64 KiB is refused before it is read, a smaller one is not', async () => {
  const padded = (bytes: number) => {
    const empty = JSON.stringify({ ...eventOf('payment_intent.succeeded'), pad: '' })
    return empty.replace('"pad":""', `"pad":"${'x'.repeat(bytes - empty.length)}"`)
  }
  expect((await deliver(padded(LIMITS.webhookBytes))).status).toBe(200)
  const large = await deliver(padded(LIMITS.webhookBytes + 1), {})
  expect([large.status, large.body.code]).toEqual([413, 'body_too_large'])
})

test('a webhook that is encoded or not JSON by its type is refused', async () => {
  const encoded = await deliver(CAPTURED, undefined, { ...JSON_TYPE, 'Content-Encoding': 'gzip' })
  expect([encoded.status, encoded.body.code]).toEqual([415, 'unsupported_media_type'])
  expect((await deliver(CAPTURED, undefined, { 'Content-Type': 'text/plain' })).status).toBe(415)
})

test('an address has a share of the webhooks under way', async () => {
  const held: (() => void)[] = []
  const append = () => new Promise<void>((resolve) => void held.push(resolve))
  const edge = createEdge({ ...deps, commands: { ...deps.commands, append }, addressOf: (c) => c.req.header('From')! })
  const headers = async (From: string) => ({ ...JSON_TYPE, ...(await signatureOf(CAPTURED)), From })
  const send = async (from: string) =>
    edge.request(PATH, { method: 'POST', body: CAPTURED, headers: await headers(from) })
  const waiting = Array.from({ length: LIMITS.webhooks.share }, () => send('greedy'))
  await expect.poll(() => held.length).toBe(LIMITS.webhooks.share)
  expect((await send('greedy')).status).toBe(429)
  const other = send('other')
  await expect.poll(() => held.length).toBe(LIMITS.webhooks.share + 1)
  for (const end of held) end()
  for (const { status } of await Promise.all([...waiting, other])) expect(status).toBe(200)
})
