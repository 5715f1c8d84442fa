import { bill } from '#domain/reactions/bill.ts'
import { effectsOf } from '../../effects.ts'
import type { Sink } from '../../sinks/events.ts'
import type { BillingDeps } from './deps.ts'

export const BILLING = 'booking-billing'

export const createBilling = (deps: BillingDeps): Sink => effectsOf('pay', bill, deps)
