/** The ports that the options of `npm run stack` name. A given port is used or refused, never replaced. */
import { portTaken } from '#platform/port-taken.ts'
import { holderOf } from '../system/holder.mjs'
import { sharedPorts } from '../system/shared-ports.ts'
import { Sentence } from '../terminal/terminal.ts'
import { isFree } from './ports.ts'
import type { ServerName } from './stack.ts'

export type GivenPorts = Partial<Record<ServerName, number | undefined>>

/** @throws Sentence that names each option whose port another option has, or another process */
export async function refuseGiven(given: GivenPorts): Promise<void> {
  const options = Object.entries(given).flatMap(([name, port]) => (port ? [[`--${name}-port`, port] as const] : []))
  const shared = sharedPorts(Object.fromEntries(options)).map((clause) => `${clause}; choose different ports.`)
  if (shared.length > 0) throw new Sentence(shared.join('\n'), 2)
  const tried = options.map(async ([option, port]) =>
    (await isFree(port)) ? [] : [portTaken(port, option, await holderOf(port))],
  )
  const taken = (await Promise.all(tried)).flat()
  if (taken.length > 0) throw new Sentence(taken.join('\n'))
}
