import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { holderOf } from './port-holder.mjs'

type Fetch = (request: Request) => Response | Promise<Response>

export interface Served {
  port: number
  /** Takes no more requests, finishes those under way, at most `graceMs`. */
  close: (graceMs?: number) => Promise<void>
}

export class PortTaken extends Error {
  override name = 'PortTaken'
}

const HOST = '127.0.0.1'

/** A client that sends more slowly than this is cut off. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000 }

/** Only for this computer. Port 0 takes any that is free. */
export async function serve(fetch: Fetch, port: number): Promise<Served> {
  const server = createAdaptorServer({ fetch, serverOptions: LIMITS }) as Server
  server.listen(port, HOST)
  try {
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new PortTaken(`port ${port} is taken`)
    throw error
  }
  return { port: (server.address() as AddressInfo).port, close: (graceMs = 5_000) => close(server, graceMs) }
}

/** Checks all of them at once; each sentence names the variable that moves the port. */
export async function refuseTaken(ports: Readonly<Record<string, number>>): Promise<void> {
  const tried = Object.entries(ports).map(async ([variable, port]) =>
    (await isTaken(port)) ? [taken(port, variable, await holderOf(port))] : [],
  )
  const sentences = (await Promise.all(tried)).flat()
  if (sentences.length > 0) throw new PortTaken(sentences.join('\n'))
}

export const taken = (port: number, variable: string, holder = 'another process'): string =>
  `Port ${port} is taken by ${holder}: stop it, or set ${variable} to another port.`

export const isTaken = async (port: number): Promise<boolean> => {
  try {
    await (await serve(() => new Response(null), port)).close()
    return false
  } catch (error) {
    if (error instanceof PortTaken) return true
    throw error
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(timer)
}
