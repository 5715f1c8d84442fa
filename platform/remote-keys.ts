import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { ProblemError, PROBLEMS } from './problems.ts'

export interface RemoteKeys {
  /** @throws ProblemError `keys_unavailable` if the issuer does not respond and the known keys do not suffice */
  find: JWTVerifyGetKey
  /** A sentence if no key is known and the issuer does not respond. */
  fault: () => Promise<string | undefined>
}

/** A rotated key is known at the latest after this time; a withdrawn key is trusted no longer. */
const REFRESH_MS = 600_000
/** Tokens with unknown keys make the issuer be asked at most this often. */
const COOLDOWN_MS = 30_000
/** After a failure, the issuer is asked again at most this often. */
const RETRY_MS = 2_000
/** The longest wait for the issuer. */
const LIMIT_MS = 3_000

/**
 * The keys of an issuer: fetched when they are first needed, and again in the background when they are old or, before the token is
 * judged, when it names an unknown key. While the issuer does not respond, the keys known so far remain valid.
 * @param now milliseconds since the epoch
 */
export function remoteKeys(url: string, now = Date.now): RemoteKeys {
  const keySet = createRemoteJWKSet(new URL(url), {
    timeoutDuration: LIMIT_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  })
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  const isKnown = () => keySet.jwks() !== undefined

  async function fetchKeys(): Promise<void> {
    if (now() < failedAt + RETRY_MS) throw unavailable()
    try {
      await keySet.reload()
      fetchedAt = now()
    } catch (error) {
      failedAt = now()
      throw unavailable(error)
    }
  }

  const find: JWTVerifyGetKey = async (header, token) => {
    if (!isKnown()) await fetchKeys()
    else if (now() >= fetchedAt + REFRESH_MS) void fetchKeys().catch(() => {})
    try {
      return await keySet(header, token)
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey && now() >= fetchedAt + COOLDOWN_MS
      if (!isUnknown) throw error
    }
    await fetchKeys()
    return keySet(header, token)
  }

  async function fault(): Promise<string | undefined> {
    if (isKnown()) return undefined
    try {
      await fetchKeys()
      return undefined
    } catch {
      return 'JWT_JWKS_URL does not respond with the keys that verify tokens'
    }
  }

  return { find, fault }
}

const unavailable = (cause?: unknown): ProblemError => new ProblemError(PROBLEMS.keys_unavailable, {}, { cause })
