import type { Role } from '#domain/actor.ts'
import { SILENT } from '#platform/log-line.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { createEdge } from '../app.ts'
import type { EdgeDeps } from '../deps.ts'

/** For tests only: an edge with nobody behind it, and whoever signs its tokens. What gets past its door fails loudly. */

export const { tokens, publicJwk, sign } = await createSigner()

export const bearer = async (role: Role = 'traveler'): Promise<{ Authorization: string }> => ({
  Authorization: `Bearer ${await sign({ role })}`,
})

const nobody = (): never => {
  throw new Error('nobody is behind this edge')
}

export const deps: EdgeDeps = {
  commands: { append: nobody, check: nobody },
  query: { lookAhead: nobody, booking: nobody, listingNames: nobody, receipt: nobody, ask: nobody, forward: nobody },
  tokens,
  allowPastDates: false,
  log: SILENT,
}

export const edge = createEdge(deps)

/** The code of the problem that is answered; a request that got past the door is an internal error here. */
export async function problemOf(
  path: string,
  init: RequestInit,
): Promise<{ status: number; code: string; pointers: string[] }> {
  const response = await edge.request(path, init)
  const { code, errors = [] } = (await response.json()) as { code: string; errors?: { pointer: string }[] }
  return { status: response.status, code, pointers: errors.map(({ pointer }) => pointer) }
}
