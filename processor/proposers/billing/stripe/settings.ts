import { z } from 'zod'
import { textFile } from '#platform/node/text-file.ts'
import { baseUrl, type Environment, url } from '#platform/settings.ts'

const Key = z.string().regex(/^(sk|rk)_\w+$/, 'must be a secret or restricted key of Stripe: sk_… or rk_…')

/** For the schema of a process's environment. `STRIPE_SECRET_KEY_FILE` is the path of a mounted secret. */
export const STRIPE_ENVIRONMENT = {
  STRIPE_SECRET_KEY: Key.optional(),
  STRIPE_SECRET_KEY_FILE: textFile.pipe(Key).optional(),
  STRIPE_RETURN_URL: url('the page to which a traveler returns').optional(),
  STRIPE_API_BASE: baseUrl('the API of Stripe').optional(),
}

export type StripeEnvironment = z.infer<z.ZodObject<typeof STRIPE_ENVIRONMENT>>

export const secretKeyIn = ({ STRIPE_SECRET_KEY, STRIPE_SECRET_KEY_FILE }: StripeEnvironment): string | undefined =>
  STRIPE_SECRET_KEY ?? STRIPE_SECRET_KEY_FILE

/** Problems between the settings of a process that uses Stripe. */
export function stripeProblems({ STRIPE_SECRET_KEY: key, STRIPE_SECRET_KEY_FILE: file }: Environment): string[] {
  if (key && file) return ['STRIPE_SECRET_KEY and STRIPE_SECRET_KEY_FILE are both set: set only one']
  return key || file ? [] : ['STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE is missing: the secret key of Stripe']
}
