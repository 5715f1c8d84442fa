import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { Problem } from './problem.ts'

/** A username has no colon: the first one separates it from the password. */
export interface Credentials {
  username: string
  password: string
}

/**
 * Basic authentication. Most clients write the credentials in UTF-8, `@upstash/kafka` in Latin-1: both are right. What is
 * compared are digests, all of them always, so that the time taken tells nothing about how much was guessed.
 */
export function requireCredentials(credentials: Credentials): MiddlewareHandler {
  const accepted = spellingsOf(credentials).map(digest)
  return async function basicAuth(c, next) {
    const given = digest(decodeBasic(c.req.header('Authorization') ?? ''))
    const matches = accepted.map((expected) => timingSafeEqual(expected, given))
    if (!matches.includes(true)) {
      throw new Problem(401, 'username or password is wrong', { 'WWW-Authenticate': 'Basic realm="kafka"' })
    }
    await next()
  }
}

function spellingsOf({ username, password }: Credentials): Buffer[] {
  if (username.includes(':')) throw new Error('a username cannot have a colon in it')
  const both = `${username}:${password}`
  const latin1 = Buffer.from(both, 'latin1')
  // Latin-1 keeps only the low byte of other characters, which would let other passwords in as well.
  return latin1.toString('latin1') === both ? [Buffer.from(both), latin1] : [Buffer.from(both)]
}

function decodeBasic(header: string): Buffer {
  const [, base64 = ''] = /^basic +(\S+) *$/i.exec(header) ?? []
  return Buffer.from(base64, 'base64')
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
