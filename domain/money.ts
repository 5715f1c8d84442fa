import { z } from 'zod'

/** Integer minor units (cents) and an ISO 4217 code. Floats exist only in the documents' dialects. */
export const Money = z.strictObject({
  amount: z.int().min(0).describe('In minor units: 12500 USD is 125.00 dollars.'),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code such as EUR', abort: true }),
})
export type Money = z.infer<typeof Money>

export const times = (price: Money, factor: number): Money => ({ ...price, amount: price.amount * factor })

/** In whole units, as the documents write prices: 30000 minor units of EUR are 300. */
export const toMajor = (price: Money): number => price.amount / 10 ** digitsOf(price.currency)

export const fromMajor = (value: number, currency: string): Money => ({
  amount: Math.round(value * 10 ** digitsOf(currency)),
  currency,
})

function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}
