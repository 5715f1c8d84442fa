/** The people of the demo, who speak to the edge as anybody would. */
import type { DevClaims, DevKeys } from '../dev/keys.ts'
import type { Offered } from './plan.ts'
import { Sentence } from '../terminal/terminal.ts'

export interface Told {
  /** 0: no answer came. */
  status: number
  /** The booking's status, or the problem's code. */
  result: string
  bookingId: string | null
  ms: number
}

export interface Actors {
  ask: (who: Who, path: string, body?: unknown) => Promise<Told>
  listings: (owner: string) => Promise<Offered[]>
}

export interface Who {
  role: DevClaims['role']
  sub: string
}

/** Long enough for any decision of a system that is well. */
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
    async listings(owner) {
      const response = await send({ role: 'owner', sub: owner }, '/v1/listings').catch(() => {
        throw new Sentence(`Nothing answers at ${origin}: run npm start in another terminal.`)
      })
      if (response.status === 401) throw new Sentence(`${origin} takes other tokens: start it from this folder.`)
      if (!response.ok) throw new Sentence(`${origin} answers ${response.status}: npm run doctor says what is wrong.`)
      const { data } = (await response.json()) as { data: (Offered & { ownerId: string })[] }
      return data.filter(({ ownerId }) => ownerId === owner)
    },
  }
}

const NO_ANSWER = { status: 0, result: 'no_answer', bookingId: null }

/** A booking when it went well, else a problem. */
async function read(response: Response): Promise<Omit<Told, 'ms'>> {
  const body = (await response.json().catch(() => ({}))) as { id?: string; status?: unknown; code?: string }
  const { status } = response
  if (!response.ok) return { status, result: body.code ?? `status_${status}`, bookingId: null }
  return { status, result: String(body.status), bookingId: body.id ?? null }
}
