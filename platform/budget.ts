/** How much there is of something that all callers share. */
export interface Allowance {
  /** What all principals hold together at most. */
  readonly total: number
  /** What one principal holds at most; a part of the total. */
  readonly share: number
}

export interface Taken {
  /** Gives the amount back. May be called again. */
  release: () => void
}

/** `share`: the principal holds its part, so it waits for itself. `total`: others hold everything. */
export interface Refused {
  refused: 'share' | 'total'
}

/**
 * Something limited that all principals share: bytes, streams, connections. A principal is who pays for a request: a token's subject,
 * an account, or the client's address. A principal holds at most its share, and never more than is still free beside it: the more is
 * taken, the less each may hold, so that the greediest is refused first and a newcomer finds room.
 */
export class Budget {
  readonly #allowance: Allowance
  readonly #held = new Map<string, number>()
  #used = 0

  constructor(allowance: Allowance) {
    this.#allowance = allowance
  }

  /** What all principals hold now. */
  get used(): number {
    return this.#used
  }

  /** What one principal holds now. */
  heldBy(principal: string): number {
    return this.#held.get(principal) ?? 0
  }

  take(principal: string, amount = 1): Taken | Refused {
    const { total, share } = this.#allowance
    const held = this.heldBy(principal)
    const free = total - this.#used
    if (held + amount > Math.min(share, free)) {
      return { refused: held > 0 || held + amount > share ? 'share' : 'total' }
    }
    this.#add(principal, amount)
    let isHeld = true
    const release = (): void => {
      if (isHeld) this.#add(principal, -amount)
      isHeld = false
    }
    return { release }
  }

  #add(principal: string, amount: number): void {
    this.#used += amount
    const held = this.heldBy(principal) + amount
    if (held > 0) this.#held.set(principal, held)
    else this.#held.delete(principal)
  }
}
