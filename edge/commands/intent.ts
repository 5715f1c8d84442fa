import type { Context } from 'hono'
import type { Principal } from '#domain/actor.ts'
import { instantOf } from '#domain/civil.ts'
import { versionIn } from '#platform/etag.ts'
import { faultAt } from '#platform/faults.ts'
import { commandIdOf } from '#domain/ids.ts'
import { preferencesIn } from '#platform/prefer.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { Trace } from '#domain/trace.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { hexOf } from '../guard/trace.ts'
import { invalid } from '../guard/validate.ts'

/** What a request that writes says beside its body. */
export interface Intent {
  /** Whoever repeats the request with this key sends the same command. */
  key: string
  /** Whether the client gave the key: then the request may have been sent before. */
  keyed: boolean
  /** To ask others on behalf of whoever asks. */
  authorization: string
  /** How long the client would wait for what becomes of it. */
  waitMs: number | undefined
  /** The version of the booking that the client has seen. */
  expectedVersion: { expectedVersion?: number }
  /** What every command has, whatever it wishes. */
  command: { id: string; actor: Principal; at: string; bodyHash: string; trace: Trace }
  /** To be told in the headers of the answer, be it a problem. */
  tell: (header: string, value: string) => void
}

/** Without an Idempotency-Key one is made, so that an answer of "perhaps" can name the one to repeat with. */
export async function intentOf(c: Context<EdgeEnv>, { now = Date.now }: Pick<EdgeDeps, 'now'>): Promise<Intent> {
  const given = keyOf(c)
  const key = given ?? crypto.randomUUID()
  const actor = c.get('principal')
  const id = commandIdOf(actor.id, c.req.method, c.req.path, key)
  // Without a key, too: whoever is told "perhaps" repeats with the key that was made, and must be known by the body.
  const bodyHash = await sha256(await c.req.arrayBuffer())
  const { wait } = preferencesIn(c.req.header('Prefer'))
  return {
    key,
    keyed: given !== undefined,
    authorization: c.req.header('Authorization') ?? '',
    waitMs: wait === undefined ? undefined : wait * 1_000,
    expectedVersion: expectedVersionIn(c.req.header('If-Match')),
    command: { id, actor, at: instantOf(now()), bodyHash, trace: c.get('trace') },
    tell: (header, value) => c.header(header, value),
  }
}

function keyOf(c: Context): string | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw invalid([faultAt('Idempotency-Key', 'must be 1 to 255 printable ASCII characters')])
}

function expectedVersionIn(ifMatch: string | undefined): { expectedVersion?: number } {
  if (ifMatch === undefined || ifMatch.trim() === '*') return {}
  const version = versionIn(ifMatch)
  if (version === null)
    throw new ProblemError(BOOKING_PROBLEMS.version_mismatch, { detail: 'If-Match takes one ETag of a booking.' })
  return { expectedVersion: version }
}

const sha256 = async (bytes: ArrayBuffer): Promise<string> =>
  hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
