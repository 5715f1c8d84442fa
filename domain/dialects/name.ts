import { z } from 'zod'

/**
 * The names of the documents whose spellings we know, and `v1`, our own. `registry.ts` has an entry for each. The names stand here because
 * bookings carry one, and the entries are about bookings.
 */
export const DialectName = z.enum(['v1', 'lab2', 'airbnb', 'hostly', 'kayak'])
export type DialectName = z.infer<typeof DialectName>
