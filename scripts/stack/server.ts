import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type LastSignal, type Program, spawnGuarded } from './guarded.ts'
import { Sentence } from '../terminal/terminal.ts'
import { isFree } from './ports.ts'

/** Keeps its port and its data through stop and start. */
export interface StackServer {
  name: string
  port: number
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  /** Resolves once it serves; nothing to do if it does. */
  start: () => Promise<void>
  /** Resolves once it has ended; one that has not within 10 s is killed. `SIGKILL` for a crash. */
  stop: (signal?: NodeJS.Signals) => Promise<void>
  /** Frozen: its connections stay open, and nothing answers. */
  pause: () => void
  resume: () => void
}

export interface ServerOptions {
  name: string
  port: number
  logFile: string
  /** Asked at each start. */
  program: () => Promise<Program>
  /** Whether it serves, asked again and again; throws or answers false if not. */
  serves: () => Promise<boolean>
  /** How it ends when we are killed: at once, unless it has others to end. */
  last?: LastSignal
  /** What its log says when it has ended for a reason that passes by itself. */
  passing?: RegExp
  /** It ended without being stopped. */
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
  /** The end of what it has printed since this start. */
  tail: () => string
}

/** A run that ends for a passing reason is followed by another one, until the time is over. */
async function serving(options: ServerOptions): Promise<Running> {
  const { name, port, logFile, passing } = options
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
    const comesAgain = outcome === 'ended' && passing?.test(tail) && Date.now() < deadline
    if (!comesAgain)
      throw new Sentence(`${name} did not start: ${WHY[outcome]}; the end of its log (${logFile}):\n${tail}`)
  }
}

const WHY = { ended: 'it has ended', late: `it does not serve after ${START_LIMIT_MS / 1000} s` }

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
): Promise<keyof typeof WHY | 'serves'> {
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

/** A frozen one hears nothing but `SIGKILL`: it is woken. */
async function end({ child, exit }: Running, signal: NodeJS.Signals): Promise<void> {
  if (signal !== 'SIGKILL') child.kill('SIGCONT')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await exit
  clearTimeout(late)
}
