import { z } from 'zod'
import { CURRENCIES } from './currencies.ts'

const Code = z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code such as EUR', abort: true })

/** A currency in which a price can be set. */
export const Currency = z
  .enum([...CURRENCIES.keys()], 'must be a current ISO 4217 code such as EUR')
  .describe('A current ISO 4217 code with a minor unit.')

/**
 * Integer minor units (cents) and an ISO 4217 code. Floats exist only in the documents' dialects. The log keeps prices for
 * ever, so a currency that ISO 4217 has withdrawn since stays readable here.
 */
export const Money = z.strictObject({
  amount: z.int().min(0).describe('In minor units of ISO 4217: 12500 USD is 125.00 dollars, 12500 JPY is 12500 yen.'),
  currency: Code,
})
export type Money = z.infer<typeof Money>

/** A price that a client or an owner sends. */
export const SentMoney = Money.extend({ currency: Currency })

export const times = (price: Money, factor: number): Money => ({ ...price, amount: price.amount * factor })

/** In whole units, as the documents write prices: 30000 minor units of EUR are 300. */
export const toMajor = (price: Money): number => price.amount / 10 ** digitsOf(price.currency)

/** The price of a number in a document; null if the currency has no such amount. Nothing is rounded to another amount. */
export function fromMajor(value: number, currency: string): Money | null {
  const money = { amount: Math.round(value * 10 ** digitsOf(currency)), currency }
  return Money.safeParse(money).success && isSameNumber(toMajor(money), value) ? money : null
}

/** Clients add and multiply floats: 0.1 + 0.2 differs from 0.3 by its last bit, and means 0.3. */
const isSameNumber = (a: number, b: number): boolean => Math.abs(a - b) <= 4 * Number.EPSILON * Math.abs(b)

/** Nearly every currency has two, also those that are withdrawn. */
const digitsOf = (currency: string): number => CURRENCIES.get(currency) ?? 2
