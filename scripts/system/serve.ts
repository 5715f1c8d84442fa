import { serve } from '#platform/node/serve.ts'
import { PortTaken, portTaken } from '#platform/port-taken.ts'
import { holderOf } from './holder.mjs'

/** Where the parts of a system on this computer reach each other. */
export const HOST = '127.0.0.1'

/** Checks all of them at once; each sentence names the variable that moves the port. */
export async function refuseTaken(ports: Readonly<Record<string, number>>): Promise<void> {
  const tried = Object.entries(ports).map(async ([variable, port]) =>
    (await isTaken(port)) ? [portTaken(port, variable, await holderOf(port))] : [],
  )
  const sentences = (await Promise.all(tried)).flat()
  if (sentences.length > 0) throw new PortTaken(sentences.join('\n'))
}

/** The addresses of `localhost`. A client tries both, so a program on either one would answer in place of ours. */
const LOCALHOST = [HOST, '::1']

/** Whether another program answers at `http://localhost:port`, or may answer there in place of ours. */
export async function isTaken(port: number): Promise<boolean> {
  if (port === 0) return false
  for (const hostname of LOCALHOST) if (await isTakenAt(hostname, port)) return true
  return false
}

async function isTakenAt(hostname: string, port: number): Promise<boolean> {
  try {
    await (await serve(() => new Response(null), { port, hostname })).close()
    return false
  } catch (error) {
    if (error instanceof PortTaken) return true
    if (isMissingAddress(error)) return false
    throw error
  }
}

/** A computer without IPv6 has no `::1`. */
const isMissingAddress = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))
