import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { endedWithin } from '../scripts/stack/guarded.ts'
import { freePorts } from '../scripts/stack/ports.ts'
import { until } from './figures.ts'

const STOP_LIMIT_MS = 15_000

const ROOT = join(import.meta.dirname, '..')

/** A process that is measured. */
export interface MeasuredProcess {
  url: string
  pid: number
  stop(): Promise<void>
}

/** Starts a process that is configured only by its environment, and waits until it is ready. */
export async function startMeasured(
  file: string,
  env: Record<string, string>,
  portName: string,
): Promise<MeasuredProcess> {
  const [port] = await freePorts([0])
  const url = `http://127.0.0.1:${port}`
  const child = spawnNode(file, [], { ...env, [portName]: String(port) })
  const ready = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200
  await until(`${file} is ready`, ready, 30_000)
  return { url, pid: child.pid!, stop: () => stop(child) }
}

/** Starts a server that prints its port. */
export async function startPrinting(file: string): Promise<MeasuredProcess> {
  const child = spawnNode(file, [], {})
  const [port] = (await once(createInterface(child.stdout!), 'line')) as [string]
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, stop: () => stop(child) }
}

/** Runs a program with JSON on standard input and returns the last line of its output, which is JSON. */
export async function runProgram<T>(file: string, argument: object): Promise<T> {
  const child = spawn(process.execPath, [join(ROOT, file)], { stdio: ['pipe', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill('SIGKILL'))
  child.stdin.end(JSON.stringify(argument))
  const output = await text(child.stdout)
  return JSON.parse(output.trim().split('\n').at(-1)!) as T
}

function spawnNode(file: string, args: string[], env: Record<string, string>): ChildProcess {
  // Its log lines are discarded; its errors are shown.
  const stdio: ('ignore' | 'pipe' | 'inherit')[] = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, [join(ROOT, file), ...args], { env: { ...process.env, ...env }, stdio })
  child.stdout!.resume()
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await endedWithin(STOP_LIMIT_MS, exit, () => child.kill('SIGKILL'))
}

const TICKS_PER_SECOND = 100

/** The CPU time that a process has used and its memory; undefined if the system is not Linux. */
export function usageOf(pid: number): { cpuSeconds: number; memoryMb: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryMb: (pages * 4096) / 2 ** 20,
    }
  } catch {
    return undefined
  }
}
