/** For tests of the commands: the whole system on free ports, which takes the tokens that `npm run token` makes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { printTrouble } from '#platform/log-line.ts'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devKeys } from '../dev/keys.ts'
import { readLocalConfig } from '../system/config.ts'
import { startSystem, type System } from '../system/system.ts'

export const ROOT = join(import.meta.dirname, '../..')

export interface Target {
  /** The settings with which a command finds the system. */
  env: Record<string, string>
  origin: string
  close: () => Promise<void>
}

export async function startTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  const config = readLocalConfig({ EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0', DATA_DIR: folder })
  const system = await startSystem(config, await devKeys(ROOT, {}), printTrouble)
  const close = async () => {
    await system.close()
    await rm(folder, { recursive: true })
  }
  return { env: envOf(system, folder), origin: `http://localhost:${system.ports.edge}`, close }
}

const envOf = ({ ports }: System, folder: string): Record<string, string> => ({
  EDGE_PORT: String(ports.edge),
  PROXY_PORT: String(ports.proxy),
  PROCESSOR_PORT: String(ports.processor),
  DATA_DIR: folder,
})

export interface Run {
  child: ChildProcess
  out: () => string
  err: () => string
  /** Its exit code. */
  ended: Promise<number | null>
}

/** One of the commands, as a process of its own whose output is piped. */
export function run(script: string, args: string[], env: Record<string, string>): Run {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', script), ...args], {
    env: { ...process.env, ...env },
  })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, out: () => text.out, err: () => text.err, ended }
}
