import type { Context } from 'hono'
import type { Principal } from '#domain/actor.ts'
import { instantOf } from '#domain/civil.ts'
import { commandIdOf } from '#domain/ids.ts'
import type { EdgeEnv } from './app.ts'
import { invalid } from './validate.ts'

/** What every command has, whatever it wishes. */
export interface Intent {
  /** Whoever repeats the request with this key sends the same command. */
  key: string
  /** To ask others on behalf of whoever asks. */
  authorization: string
  command: { id: string; actor: Principal; at: string; bodyHash?: string }
}

/** Without an Idempotency-Key one is made, so that an answer of "perhaps" can name the one to repeat with. */
export async function intentOf(c: Context<EdgeEnv>, now: number): Promise<Intent> {
  const given = keyOf(c)
  const key = given ?? crypto.randomUUID()
  const actor = c.get('principal')
  const id = commandIdOf(actor.id, c.req.method, c.req.path, key)
  const hash = given === undefined ? {} : { bodyHash: await sha256(await c.req.arrayBuffer()) }
  return {
    key,
    authorization: c.req.header('Authorization') ?? '',
    command: { id, actor, at: instantOf(now), ...hash },
  }
}

function keyOf(c: Context): string | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw invalid([{ pointer: 'Idempotency-Key', detail: 'must be 1 to 255 printable ASCII characters' }])
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
