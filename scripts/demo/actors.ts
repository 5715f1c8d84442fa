/** The travelers and the owner of the demo; they call the edge like any client. */
import type { DevClaims, DevKeys } from '../dev/keys.ts'
import type { Listing } from '#domain/listing.ts'
import { Sentence } from '../terminal/terminal.ts'

export interface Outcome {
  /** 0: no answer arrived. */
  status: number
  /** The booking's status, or the problem's code. */
  result: string
  bookingId: string | null
  ms: number
}

export interface Actors {
  ask: (who: Who, path: string, body?: unknown) => Promise<Outcome>
  /** Publishes the listings that do not exist yet. Throws a Sentence if the edge cannot be used. */
  publish: (owner: string, listings: readonly Listing[]) => Promise<void>
}

export interface Who {
  role: DevClaims['role']
  sub: string
}

/** Long enough for any decision of a healthy system. */
const WAIT_S = 5
const LIMIT_MS = 15_000

export function createActors(origin: string, sign: DevKeys['sign']): Actors {
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = ({ role, sub }: Who): Promise<string> => {
    const name = `${role} ${sub}`
    if (!tokens.has(name)) tokens.set(name, sign({ role, sub }))
    return tokens.get(name)!
  }

  async function send(who: Who, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${await tokenOf(who)}`, 'Content-Type': 'application/json' }
    const wait = { Prefer: `wait=${WAIT_S}` }
    return fetch(origin + path, { ...init, headers: { ...headers, ...wait }, signal: AbortSignal.timeout(LIMIT_MS) })
  }

  return {
    async ask(who, path, body = {}) {
      const start = performance.now()
      const answer = await send(who, path, { method: 'POST', body: JSON.stringify(body) }).then(read, () => NO_ANSWER)
      return { ...answer, ms: Math.round(performance.now() - start) }
    },
    async publish(owner, listings) {
      for (const { ownerId: _, ...draft } of listings) {
        const init = { method: 'POST', body: JSON.stringify(draft) }
        const response = await send({ role: 'owner', sub: owner }, '/v1/listings', init).catch(() => {
          throw new Sentence(`Nothing answers at ${origin}: run npm start in another terminal.`)
        })
        refuse(response, origin)
      }
    },
  }
}

const NO_ANSWER = { status: 0, result: 'no_answer', bookingId: null }

/** The body is a booking after a success, otherwise a problem. */
async function read(response: Response): Promise<Omit<Outcome, 'ms'>> {
  const body = (await response.json().catch(() => ({}))) as { id?: string; status?: unknown; code?: string }
  const { status } = response
  if (!response.ok) return { status, result: body.code ?? `status_${status}`, bookingId: null }
  return { status, result: String(body.status), bookingId: body.id ?? null }
}

/** A listing of an earlier run answers 409, which is fine. */
function refuse({ ok, status }: Response, origin: string): void {
  if (ok || status === 409) return
  if (status === 401) throw new Sentence(`${origin} rejects the demo's tokens: start it from this folder.`)
  throw new Sentence(`${origin} answers ${status}: npm run doctor says what is wrong.`)
}
