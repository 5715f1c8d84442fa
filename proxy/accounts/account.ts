import { HttpError } from '../http/errors.ts'
import { isReservedGroup, type Operation, type Permissions } from './permissions.ts'

/** The username has no colon: the first colon separates it from the password. */
export interface Credentials {
  username: string
  password: string
}

/** The authenticated account of a request. */
export class Account {
  readonly username: string
  readonly #permissions: Permissions

  constructor(username: string, permissions: Permissions) {
    this.username = username
    this.#permissions = permissions
  }

  may(operation: Operation, topic: string): boolean {
    return this.#permissions.may(operation, topic)
  }

  maySee(topic: string): boolean {
    return this.#permissions.maySee(topic)
  }

  /** Checked before whether the topic exists, so that a 403 does not reveal that. */
  require(operation: Operation, topic: string): void {
    if (!this.may(operation, topic)) throw this.#forbidden(`${operation} ${topic}`)
  }

  /** Checked before a body that names topics is read. */
  requireAny(operation: Operation): void {
    if (!this.#permissions.mayAny(operation)) throw this.#forbidden(`${operation} any topic`)
  }

  requireGroup(group: string): void {
    if (this.#permissions.mayUseGroup(group)) return
    const reason = isReservedGroup(group) ? ': groups named booking-* belong to the processor' : ''
    throw this.#forbidden(`use group ${group}${reason}`)
  }

  #forbidden(what: string): HttpError {
    return new HttpError(403, `${this.username} may not ${what}`)
  }
}
