import type { Context } from 'hono'
import type { Principal } from '#domain/actor.ts'
import { instantOf } from '#domain/civil.ts'
import { versionsIn } from '#platform/etag.ts'
import { idempotencyKeyIn } from '#platform/idempotency-key.ts'
import { commandIdOf } from '#domain/ids.ts'
import { preferencesIn } from '#platform/prefer.ts'
import type { Trace } from '#domain/trace.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { hexOf } from '../guard/trace.ts'
import { type Caller, callerOf } from '../reads/query-client.ts'

/** The parts of a write request that do not come from its body. */
export interface Intent {
  /** Requests with the same key are the same command. */
  key: string
  /** Whether the client sent the key. If so, the request may be a repetition. */
  isKeyed: boolean
  /** For requests to the query API. */
  caller: Caller
  /** The client's `Prefer: wait`, in milliseconds. */
  waitMs: number | undefined
  /** The versions of the booking to which the client limits a decision; an empty list matches none. */
  expectedVersion: { expectedVersion?: number[] }
  /** The fields of every command. */
  command: { id: string; actor: Principal; at: string; bodyHash: string; trace: Trace }
  /** Sets a header of the response, also of a problem. */
  setHeader: (name: string, value: string) => void
}

/** Generates a missing Idempotency-Key, so that a problem with an unknown outcome can name a key to repeat with. */
export async function intentOf(c: Context<EdgeEnv>, { now = Date.now }: Pick<EdgeDeps, 'now'>): Promise<Intent> {
  const given = idempotencyKeyIn(c.req.header('Idempotency-Key'))
  const key = given ?? crypto.randomUUID()
  const actor = c.get('principal')
  const id = commandIdOf(actor.id, c.req.method, c.req.path, key)
  // Required without a key too: after an unknown outcome the client repeats with the generated key.
  const bodyHash = await sha256(await c.req.arrayBuffer())
  const { wait } = preferencesIn(c.req.header('Prefer'))
  return {
    key,
    isKeyed: given !== undefined,
    caller: callerOf(c),
    waitMs: wait === undefined ? undefined : wait * 1_000,
    expectedVersion: expectedVersionIn(c.req.header('If-Match')),
    command: { id, actor, at: instantOf(now()), bodyHash, trace: c.get('trace') },
    setHeader: (name, value) => c.header(name, value),
  }
}

function expectedVersionIn(ifMatch: string | undefined): { expectedVersion?: number[] } {
  const versions = versionsIn(ifMatch)
  return versions === '*' ? {} : { expectedVersion: versions }
}

const sha256 = async (bytes: ArrayBuffer): Promise<string> =>
  hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
