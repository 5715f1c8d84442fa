import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '#platform/node/folder.ts'
import type { GivenPorts } from './given-ports.ts'
import type { Addresses, ServerName } from './stack.ts'

type Ports = Readonly<Record<ServerName, number>>

const NAMES: readonly ServerName[] = ['zookeeper', 'kafka', 'mongodb']

/**
 * The wanted ports of a stack: those of the options, else those of the last run, else the default ones. A server whose port is
 * given to another one gets 0, which is any free port.
 */
export function wantedPorts(file: string, given: GivenPorts, defaults: Ports): Ports {
  const last = lastPorts(file)
  const givenAway = Object.values(given)
  const wanted = NAMES.map((name) => {
    const usual = last[name] ?? defaults[name]
    return [name, given[name] ?? (givenAway.includes(usual) ? 0 : usual)]
  })
  return Object.fromEntries(wanted) as Ports
}

/** Stores the ports of a running stack, so that `.env` stays valid at the next run. */
export async function rememberPorts(file: string, { zookeeper, brokers, mongodbUri }: Addresses): Promise<void> {
  const portIn = (address: string): number => Number(/:(\d+)\/?$/.exec(address)![1])
  const ports: Ports = { zookeeper: zookeeper.port, kafka: portIn(brokers), mongodb: portIn(mongodbUri) }
  makeFolder(dirname(file))
  await writeFile(file, `${JSON.stringify(ports)}\n`)
}

function lastPorts(file: string): Partial<Ports> {
  try {
    const ports = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return Object.fromEntries(Object.entries(ports).filter(([, port]) => Number.isInteger(port)))
  } catch {
    // This is the first run, or the file is damaged; the default ports work as well.
    return {}
  }
}
