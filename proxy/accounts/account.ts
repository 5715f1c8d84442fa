import type { Deed, Permissions } from './permissions.ts'
import { Problem } from '../http/errors.ts'

/** A username has no colon: the first one separates it from the password. */
export interface Credentials {
  username: string
  password: string
}

/** Whose request it is, and what they may do. */
export class Account {
  readonly username: string
  readonly #permissions: Permissions

  constructor(username: string, permissions: Permissions) {
    this.username = username
    this.#permissions = permissions
  }

  may(deed: Deed, topic: string): boolean {
    return this.#permissions.may(deed, topic)
  }

  maySee(topic: string): boolean {
    return this.#permissions.maySee(topic)
  }

  /** Said before anything else is, so that nobody learns which topics there are by trying. */
  require(deed: Deed, topic: string): void {
    if (!this.may(deed, topic)) throw new Problem(403, `${this.username} may not ${deed} ${topic}`)
  }
}
