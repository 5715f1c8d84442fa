import type { z } from 'zod'
import { ProblemError, PROBLEMS } from './problems.ts'
import { Rate } from './rate.ts'
import { authenticate, type TokenSource } from './tokens.ts'

/** A valid token is verified again after this time. */
const KNOWN_MS = 5_000

/** The most valid tokens that are known at once. */
const MOST_KNOWN = 2_000

interface Verified<Principal> {
  principal: Promise<Principal>
  /** Monotonic milliseconds. */
  until: number
}

/**
 * Verifies tokens at a bounded cost. A token that was valid a moment ago is known without its signature, so that it is accepted
 * although its address sends too many invalid ones.
 */
export class TokenCheck<Principal> {
  readonly #source: TokenSource
  readonly #claims: z.ZodType<Principal>
  readonly #invalidPerSecond: number
  readonly #invalid: Rate
  readonly #known = new Map<string, Verified<Principal>>()

  /** @param invalidPerSecond tokens of one address that may be invalid */
  constructor(source: TokenSource, claims: z.ZodType<Principal>, invalidPerSecond: number) {
    this.#source = source
    this.#claims = claims
    this.#invalidPerSecond = invalidPerSecond
    this.#invalid = new Rate(invalidPerSecond)
  }

  /**
   * @param header `Authorization`
   * @throws ProblemError `unauthenticated`, `keys_unavailable`, or `too_many_requests` if the address sends too many invalid tokens
   */
  async principalOf(header: string | undefined, address: string): Promise<Principal> {
    if (header === undefined) return authenticate(header, this.#source, this.#claims)
    const known = this.#known.get(header)
    if (known && performance.now() < known.until) return known.principal
    const principal = this.#verified(header, address)
    this.#remember(header, principal)
    return principal
  }

  async #verified(header: string, address: string): Promise<Principal> {
    if (!this.#invalid.admits(address)) {
      const detail = `At most ${this.#invalidPerSecond} invalid tokens a second are accepted.`
      throw new ProblemError(PROBLEMS.too_many_requests, { detail })
    }
    let isInvalid = false
    try {
      return await authenticate(header, this.#source, this.#claims)
    } catch (error) {
      isInvalid = error instanceof ProblemError && error.document.status === 401
      throw error
    } finally {
      if (!isInvalid) this.#invalid.giveBack(address)
    }
  }

  /** Requests with the same token share one verification. A token that is not valid is forgotten. */
  #remember(header: string, principal: Promise<Principal>): void {
    this.#known.delete(header)
    this.#known.set(header, { principal, until: performance.now() + KNOWN_MS })
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!)
    principal.catch(() => this.#known.delete(header))
  }
}
