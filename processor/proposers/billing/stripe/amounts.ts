import { CURRENCIES } from '#domain/currencies.ts'
import type { Money } from '#domain/money.ts'

/**
 * The digits after the decimal point that Stripe expects, where they are not those of ISO 4217
 * (https://docs.stripe.com/currencies#special-cases).
 */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['MGA', 0],
  ['UGX', 2],
])

/** Stripe's digits, less those of ISO 4217. */
const shiftOf = (currency: string): number => {
  const digits = CURRENCIES.get(currency) ?? 0
  return (DIGITS.get(currency) ?? digits) - digits
}

/** The amount in Stripe's smallest unit; undefined if it is no whole number of them. */
export function toStripe({ amount, currency }: Money): number | undefined {
  const shift = shiftOf(currency)
  const units = shift < 0 ? amount / 10 ** -shift : amount * 10 ** shift
  return Number.isSafeInteger(units) ? units : undefined
}

/** An amount of Stripe in minor units. */
export function fromStripe(units: number, currency: string): number {
  const shift = shiftOf(currency.toUpperCase())
  return shift < 0 ? units * 10 ** -shift : units / 10 ** shift
}
