import { z } from 'zod'

/** A party whose agreement a booking may need. */
export type Party = 'owner' | 'payment'

interface PolicyEntry {
  /** The parties that must agree before a booking is confirmed. */
  mustAgree: readonly Party[]
}

/** The confirmation policies of listings. A new policy is one entry here and its tests. */
export const POLICIES = {
  owner: { mustAgree: ['owner'] },
  payment: { mustAgree: ['payment'] },
  'owner+payment': { mustAgree: ['owner', 'payment'] },
  instant: { mustAgree: [] },
} as const satisfies Record<string, PolicyEntry>

export type ConfirmationPolicy = keyof typeof POLICIES
export const ConfirmationPolicy = z.enum(Object.keys(POLICIES) as [ConfirmationPolicy, ...ConfirmationPolicy[]])

export const partiesOf = (policy: ConfirmationPolicy): readonly Party[] => POLICIES[policy].mustAgree

export const mustAgree = (policy: ConfirmationPolicy, party: Party): boolean => partiesOf(policy).includes(party)
