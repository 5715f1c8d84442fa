import { serve } from '#platform/node/serve.ts'
import { PortTaken, portTaken } from '#platform/port-taken.ts'
import { holderOf } from './holder.mjs'

/** Only this computer reaches the system. */
export const HOST = '127.0.0.1'

/** Checks all of them at once; each sentence names the variable that moves the port. */
export async function refuseTaken(ports: Readonly<Record<string, number>>): Promise<void> {
  const tried = Object.entries(ports).map(async ([variable, port]) =>
    (await isTaken(port)) ? [portTaken(port, variable, await holderOf(port))] : [],
  )
  const sentences = (await Promise.all(tried)).flat()
  if (sentences.length > 0) throw new PortTaken(sentences.join('\n'))
}

export const isTaken = async (port: number): Promise<boolean> => {
  try {
    await (await serve(() => new Response(null), { port, hostname: HOST })).close()
    return false
  } catch (error) {
    if (error instanceof PortTaken) return true
    throw error
  }
}
