import { syncSignerOf, verifierOf } from '#platform/node/signature.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { SigningKeys } from '#platform/signature.ts'

/**
 * The secret in the address of a listing's calendar feed: a signature of the listing's id. Nothing is stored, so a secret is valid
 * until its key is removed from `COMMAND_KEYS`.
 */
export interface FeedTokens {
  /** @throws ProblemError `query_unavailable` if this process has no keys */
  tokenOf: (listingId: string) => string
  isValid: (listingId: string, token: string) => boolean
}

/** Commands are JSON, so no signature of a command is valid here, nor the other way round. */
const textOf = (listingId: string): string => `calendar-feed ${listingId}`

export function feedTokens(keys: SigningKeys = []): FeedTokens {
  const sign = keys.length > 0 ? syncSignerOf(keys) : undefined
  const verify = verifierOf(keys)
  return {
    tokenOf(listingId) {
      if (sign) return sign(textOf(listingId))
      throw new ProblemError(PROBLEMS.query_unavailable, { detail: 'This processor has no COMMAND_KEYS.' })
    },
    isValid: (listingId, token) => verify(new TextEncoder().encode(textOf(listingId)), token) === null,
  }
}
