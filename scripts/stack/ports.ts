import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below the ports of outgoing connections (from 32768 on Linux, 49152 elsewhere), because any client could take one of those
 * while its server is stopped.
 */
const [LOWEST, HIGHEST] = [10_240, 32_000]

const ATTEMPTS = 200

/** The addresses on which another server may listen: one or all addresses, of either family. */
const HOSTS = ['127.0.0.1', '0.0.0.0', '::']

/** Returns for each wanted port the port itself if it is free, or another free port; `0` means any. All results differ. */
export async function freePorts(wanted: readonly number[]): Promise<number[]> {
  const chosen: number[] = []
  for (const port of wanted) {
    const isOurs = port !== 0 && !chosen.includes(port) && (await isFree(port))
    chosen.push(isOurs ? port : await anyFreePort([...chosen, ...wanted]))
  }
  return chosen
}

async function anyFreePort(taken: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (!taken.includes(port) && (await isFree(port))) return port
  }
  throw new Error(`no free port found in ${ATTEMPTS} attempts between ${LOWEST} and ${HIGHEST}`)
}

export async function isFree(port: number): Promise<boolean> {
  for (const host of HOSTS) if (await isTakenAt(host, port)) return false
  return true
}

/** A computer without IPv6 has no such address, so no server listens there. */
async function isTakenAt(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    await listening(server, host, port)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL'
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  server.listen({ port, host, exclusive: true })
  await once(server, 'listening')
}
