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
    if (amount > this.roomFor(principal)) {
      return { refused: this.heldBy(principal) > 0 || amount > this.#allowance.share ? 'share' : 'total' }
    }
    return this.charge(principal, amount)
  }

  /** The most that the principal may take now. */
  roomFor(principal: string): number {
    const { total, share } = this.#allowance
    return Math.min(share, total - this.#used) - this.heldBy(principal)
  }

  /** Counts what the principal holds already, whatever the limits are. */
  charge(principal: string, amount: number): Taken {
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
