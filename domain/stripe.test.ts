import { describe, expect, it } from 'vitest'
import { MAX_NEXT_ACTION } from './payment.ts'
import { failureOf, reportedBy } from './stripe.ts'

const IDS = { bookingId: 'booking-1', listingId: 'listing-1' }

const reported = (type: string, intent: object = {}) => {
  const object = { id: 'pi_1', status: 'any', metadata: { ...IDS, more: 1 }, ...intent }
  return reportedBy({ id: 'evt_1', type: `payment_intent.${type}`, data: { object } })
}

const redirecting = (url: string) => ({ next_action: { type: 'redirect_to_url', redirect_to_url: { url } } })
const NOTHING = { amount: null, reference: 'pi_1', nextAction: null, reason: null }

describe('an event of the provider', () => {
  it.each([
    ['amount_capturable_updated', 'authorized'],
    ['succeeded', 'captured'],
    ['canceled', 'voided'],
  ])('%s reports %s', (type, result) => {
    expect(reported(type)).toEqual({ ...IDS, report: { ...NOTHING, result } })
  })

  it('requires_action has the address of the authentication', () => {
    const url = 'https://hooks.stripe.com/3d/1'
    expect(reported('requires_action', redirecting(url))!.report).toEqual({
      ...NOTHING,
      result: 'requires_action',
      nextAction: url,
    })
  })

  it.each([undefined, null, {}, { type: 'use_stripe_sdk', use_stripe_sdk: {} }])(
    'requires_action without an address reports none: %j',
    (next_action) => {
      expect(reported('requires_action', { next_action })!.report).toMatchObject({ nextAction: null })
    },
  )

  it('reports no address that a booking cannot hold', () => {
    for (const url of ['not a url', 'javascript:alert(1)', `https://a.b/${'x'.repeat(MAX_NEXT_ACTION)}`])
      expect(reported('requires_action', redirecting(url))!.report).toMatchObject({ nextAction: null })
  })

  it('payment_failed has the reason, and no other event has one', () => {
    const last_payment_error = { code: 'card_declined', decline_code: 'insufficient_funds' }
    expect(reported('payment_failed', { last_payment_error })!.report).toEqual({
      ...NOTHING,
      result: 'failed',
      reason: 'insufficient_funds',
    })
    expect(reported('succeeded', { last_payment_error })!.report.reason).toBeNull()
  })

  it.each([
    { id: 'x'.repeat(65) },
    { metadata: null },
    { metadata: { bookingId: 'booking-1' } },
    { metadata: { ...IDS, listingId: 7 } },
  ])('reports nothing if the payment is not ours: %j', (intent) => expect(reported('succeeded', intent)).toBeNull())
})

it.each([
  ['card_declined', 'generic_decline', 'payment_declined'],
  ['card_declined', 'insufficient_funds', 'insufficient_funds'],
  ['card_declined', 'authentication_required', 'authentication_failed'],
  ['payment_intent_authentication_failure', null, 'authentication_failed'],
  ['expired_card', 'expired_card', 'payment_declined'],
  ['resource_missing', undefined, 'payment_method_missing'],
  ['processing_error', '', 'payment_failed'],
  ['toString', '__proto__', 'payment_failed'],
  [undefined, undefined, 'payment_failed'],
])('the error %s with the decline code %s is %s', (code, decline_code, failure) => {
  expect(failureOf({ code, decline_code })).toBe(failure)
})
