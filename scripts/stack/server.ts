import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { endedWithin, type LastSignal, type Program, spawnGuarded } from './guarded.ts'
import { Sentence } from '../terminal/terminal.ts'
import { isFree } from './ports.ts'

/** A server that keeps its port and its data when it is stopped and started again. */
export interface StackServer {
  name: string
  port: number
  /** Undefined while the server does not run. */
  readonly pid: number | undefined
  /** Resolves when the server responds; does nothing if it already runs. */
  start: () => Promise<void>
  /** Resolves when the server has ended; it is killed after 10 s. `SIGKILL` simulates a crash. */
  stop: (signal?: NodeJS.Signals) => Promise<void>
  /** Freezes the server: its connections stay open, and it does not respond. */
  pause: () => void
  resume: () => void
}

export interface ServerOptions {
  name: string
  port: number
  logFile: string
  /** Called at each start. */
  program: () => Promise<Program>
  /** Whether the server responds; called repeatedly, and may throw instead of returning false. */
  serves: () => Promise<boolean>
  /** The signal that ends the server when this process is killed; `KILL` by default. */
  last?: LastSignal
  /** Matches the log of a server that has ended for a temporary reason. */
  temporary?: RegExp
  /** Called when the server has ended without being stopped. */
  onLost: (message: string) => void
}

const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 10_000
const LOOK_MS = 50
const TAIL_LINES = 25

export function makeServer(options: ServerOptions): StackServer {
  const { name, port, onLost } = options
  let running: Running | undefined

  return {
    name,
    port,
    get pid() {
      return running?.child.pid
    },
    async start() {
      if (running) return
      const started = await serving(options)
      running = started
      started.child.once('exit', () => {
        if (running !== started) return
        running = undefined
        onLost(`${name} has ended by itself; the end of its log:\n${started.tail()}`)
      })
    },
    async stop(signal = 'SIGTERM') {
      const last = running
      running = undefined
      if (last) await end(last, signal)
    },
    pause: () => void running?.child.kill('SIGSTOP'),
    resume: () => void running?.child.kill('SIGCONT'),
  }
}

interface Running {
  child: ChildProcess
  exit: Promise<unknown>
  /** The last lines of the log since this start. */
  tail: () => string
}

/** Starts the server until it responds. A run that ends for a temporary reason is repeated until the deadline. */
async function serving(options: ServerOptions): Promise<Running> {
  const { name, port, logFile, temporary } = options
  const program = await options.program()
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const isPortFree = await until(deadline, () => isFree(port))
    if (!isPortFree) throw new Sentence(`${name} cannot start: port ${port} is taken by another program.`)
    const run = launch(program, options)
    const outcome = await served(run, options.serves, deadline)
    if (outcome === 'serves') return run
    await end(run, 'SIGKILL')
    const tail = run.tail()
    const isRepeated = outcome === 'ended' && temporary?.test(tail) && Date.now() < deadline
    if (!isRepeated)
      throw new Sentence(`${name} did not start: ${FAILURES[outcome]}; the end of its log (${logFile}):\n${tail}`)
  }
}

const FAILURES = { ended: 'it has ended', late: `it does not respond after ${START_LIMIT_MS / 1000} s` }

function launch(program: Program, { logFile, last }: ServerOptions): Running {
  const log = openSync(logFile, 'a')
  const before = readFileSync(logFile).length
  const child = spawnGuarded(program, log, last)
  closeSync(log)
  return {
    child,
    exit: Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => {}),
    tail: () => readFileSync(logFile).subarray(before).toString().trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
  }
}

async function served(
  { exit }: Running,
  serves: () => Promise<boolean>,
  deadline: number,
): Promise<keyof typeof FAILURES | 'serves'> {
  let hasEnded = false
  void exit.then(() => (hasEnded = true))
  const isServing = await until(deadline, async () => hasEnded || (await serves().catch(() => false)))
  return hasEnded ? 'ended' : isServing ? 'serves' : 'late'
}

async function until(deadline: number, holds: () => Promise<boolean>): Promise<boolean> {
  while (!(await holds())) {
    if (Date.now() > deadline) return false
    await pause(LOOK_MS)
  }
  return true
}

/** A frozen process handles only `SIGKILL`, so it is resumed before any other signal. */
async function end({ child, exit }: Running, signal: NodeJS.Signals): Promise<void> {
  if (signal !== 'SIGKILL') child.kill('SIGCONT')
  child.kill(signal)
  await endedWithin(STOP_LIMIT_MS, exit, () => child.kill('SIGKILL'))
}
