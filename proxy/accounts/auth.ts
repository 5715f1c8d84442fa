import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { Account, type Credentials } from './account.ts'
import type { ProxyEnv } from '../http/env.ts'
import { EVERYTHING, Permissions } from './permissions.ts'
import { Problem } from '../http/errors.ts'
import type { User } from './users.ts'

/**
 * Basic authentication. Most clients write the credentials in UTF-8, `@upstash/kafka` in Latin-1: both are right. What is
 * compared are digests, all of them always, so that the time taken tells nothing about how much was guessed.
 * @param full may everything
 */
export function requireCredentials(full: Credentials, users: readonly User[] = []): MiddlewareHandler<ProxyEnv> {
  const accepted = [{ ...full, ...EVERYTHING }, ...users].flatMap((user) => {
    const account = new Account(user.username, new Permissions(user))
    return spellingsOf(user).map((spelling) => ({ account, expected: digest(spelling) }))
  })

  function accountOf(given: Uint8Array): Account | undefined {
    let found: Account | undefined
    for (const { account, expected } of accepted) {
      if (timingSafeEqual(expected, given)) found = account
    }
    return found
  }

  return function basicAuth(c, next) {
    const header = c.req.header('Authorization')
    const given = header === undefined && c.req.path.startsWith('/webhook') ? inQuery(c.req.url) : decodeBasic(header)
    const account = accountOf(digest(given))
    if (account === undefined) {
      throw new Problem(401, 'username or password is wrong', { 'WWW-Authenticate': 'Basic realm="kafka"' })
    }
    c.set('account', account)
    return next()
  }
}

function spellingsOf({ username, password }: Credentials): Buffer[] {
  if (username.includes(':')) throw new Error('a username cannot have a colon in it')
  const both = `${username}:${password}`
  const latin1 = Buffer.from(both, 'latin1')
  // Latin-1 keeps only the low byte of other characters, which would let other passwords in as well.
  return latin1.toString('latin1') === both ? [Buffer.from(both), latin1] : [Buffer.from(both)]
}

function decodeBasic(header = ''): Buffer {
  const [, base64 = ''] = /^basic +(\S+) *$/i.exec(header) ?? []
  return Buffer.from(base64, 'base64')
}

/** Whoever calls a webhook can often be given an address and nothing else. */
function inQuery(url: string): Buffer {
  const query = new URL(url).searchParams
  return Buffer.from(`${query.get('user') ?? ''}:${query.get('pass') ?? ''}`)
}

const digest = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')
