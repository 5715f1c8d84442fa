import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { ProxyEnv } from '../http/env.ts'
import { HttpError } from '../http/errors.ts'
import { Account, type Credentials } from './account.ts'
import { FULL_ACCESS, Permissions } from './permissions.ts'
import type { User } from './users.ts'

/**
 * HTTP Basic authentication. Most clients encode credentials in UTF-8, `@upstash/kafka` in Latin-1; both are accepted.
 * @param full credentials of the full-access account
 */
export function requireCredentials(full: Credentials, users: readonly User[] = []): MiddlewareHandler<ProxyEnv> {
  const accountOf = accountFinder({ ...full, ...FULL_ACCESS }, users)

  return function basicAuth(c, next) {
    const header = c.req.header('Authorization')
    const inQuery = header === undefined && c.req.path.startsWith('/webhook')
    const account = accountOf(inQuery ? queryCredentials(c.req.url) : decodeBasic(header))
    if (account === undefined) {
      throw new HttpError(401, 'username or password is wrong', { 'WWW-Authenticate': 'Basic realm="kafka"' })
    }
    c.set('account', account)
    return next()
  }
}

/**
 * Compares digests with every account, so that the time taken reveals nothing about a guess. The groups granted to the full-access
 * account, which are all groups, stay open to the others.
 */
function accountFinder(full: User, users: readonly User[]): (given: Uint8Array) => Account | undefined {
  const accepted = [full, ...users].flatMap((user) => {
    const others = users.filter((other) => other !== user).flatMap(({ groups = [] }) => groups)
    const account = new Account(user.username, new Permissions(user, others))
    return spellingsOf(user).map((spelling) => ({ account, expected: digest(spelling) }))
  })
  return (given) => {
    const actual = digest(given)
    let found: Account | undefined
    for (const { account, expected } of accepted) {
      if (timingSafeEqual(expected, actual)) found = account
    }
    return found
  }
}

function spellingsOf({ username, password }: Credentials): Buffer[] {
  if (username.includes(':')) throw new Error('a username must not contain a colon')
  const both = `${username}:${password}`
  const latin1 = Buffer.from(both, 'latin1')
  // Latin-1 keeps only the low byte of other characters, so it would accept wrong passwords.
  return latin1.toString('latin1') === both ? [Buffer.from(both), latin1] : [Buffer.from(both)]
}

function decodeBasic(header = ''): Buffer {
  const [, base64 = ''] = /^basic +(\S+) *$/i.exec(header) ?? []
  return Buffer.from(base64, 'base64')
}

/** The query parameters that hold credentials: webhook senders can often be configured with a URL only. */
export const QUERY_CREDENTIALS = ['user', 'pass']

function queryCredentials(url: string): Buffer {
  const query = new URL(url).searchParams
  return Buffer.from(`${query.get('user') ?? ''}:${query.get('pass') ?? ''}`)
}

const digest = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')
