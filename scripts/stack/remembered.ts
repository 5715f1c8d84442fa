import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Addresses, ServerName } from './stack.ts'

type Ports = Readonly<Record<ServerName, number>>

const NAMES: readonly ServerName[] = ['zookeeper', 'kafka', 'mongodb']

/** The ports that a stack asks for: those of the options, otherwise those of the last run, otherwise the usual ones. */
export function wantedPorts(file: string, given: Partial<Record<ServerName, number | undefined>>, usual: Ports): Ports {
  const last = lastPorts(file)
  const wanted = NAMES.map((name) => [name, given[name] ?? last[name] ?? usual[name]])
  return Object.fromEntries(wanted) as Ports
}

/** Keeps the ports of a running stack, so that `.env` stays right at the next run. */
export async function rememberPorts(file: string, { zookeeper, brokers, mongodbUri }: Addresses): Promise<void> {
  const portIn = (address: string): number => Number(/:(\d+)\/?$/.exec(address)![1])
  const ports: Ports = { zookeeper: zookeeper.port, kafka: portIn(brokers), mongodb: portIn(mongodbUri) }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(ports)}\n`)
}

function lastPorts(file: string): Partial<Ports> {
  try {
    const ports = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return Object.fromEntries(Object.entries(ports).filter(([, port]) => Number.isInteger(port)))
  } catch {
    // There was no run yet, or the file is damaged; the usual ports serve as well.
    return {}
  }
}
