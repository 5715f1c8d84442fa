import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type LastSignal, type Program, spawnGuarded } from '../../scripts/stack/guarded.ts'

/** A process of the system under test. It can be killed, frozen and restarted, and it ends with the test process. */
export interface ServerProcess {
  name: string
  origin: string
  /** The id of its process; undefined if it has ended or was not started. */
  pid: () => number | undefined
  /** The output of all its starts. */
  output: () => string
  /** @param env added to the environment of its program */
  start: (env?: Readonly<Record<string, string>>) => void
  /** Waits for a status of /readyz. Throws after `limitMs`, or when the process has ended. */
  untilReadiness: (status: number, limitMs?: number) => Promise<void>
  /** Resolves with the exit code when the process has ended; null if a signal ended it. */
  end: (signal?: NodeJS.Signals) => Promise<number | null>
  freeze: () => void
  thaw: () => void
}

const READY_LIMIT_MS = 60_000
const REQUEST_LIMIT_MS = 3_000

/** @param last the signal that ends the process if the test process is killed; TERM if it has children to end */
export function makeServerProcess(
  name: string,
  port: number,
  program: Program,
  last: LastSignal = 'KILL',
): ServerProcess {
  const origin = `http://127.0.0.1:${port}`
  let running: { child: ChildProcess; exit: Promise<number | null> } | undefined
  let output = ''

  const readiness = () =>
    fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) }).then(
      async (response) => ({ status: response.status, body: await response.text() }),
      (error: Error) => ({ status: 0, body: error.message }),
    )

  return {
    name,
    origin,
    pid() {
      const { exitCode, signalCode, pid } = running?.child ?? {}
      return exitCode === null && signalCode === null ? pid : undefined
    },
    output: () => output,
    start(env) {
      const child = spawnGuarded({ ...program, env: { ...program.env, ...env } }, 'pipe', last)
      for (const stream of [child.stdout!, child.stderr!]) {
        stream.setEncoding('utf8').on('data', (text: string) => (output += text))
      }
      const exit = once(child, 'exit').then(([code]) => {
        killGroup(child.pid!)
        return code as number | null
      })
      running = { child, exit }
    },
    async untilReadiness(status, limitMs = READY_LIMIT_MS) {
      const deadline = performance.now() + limitMs
      for (;;) {
        const now = await readiness()
        if (now.status === status) return
        const { exitCode, signalCode } = running!.child
        const why = exitCode === null && signalCode === null ? `answers ${now.status} ${now.body}` : 'has ended'
        if (why === 'has ended' || performance.now() > deadline)
          throw new Error(`${name} ${why} instead of ${status}:\n${output.slice(-4_000)}`)
        await pause(50)
      }
    },
    async end(signal = 'SIGTERM') {
      if (!running) return null
      const { child, exit } = running
      child.kill(signal)
      // A frozen process receives no signal but SIGKILL.
      child.kill('SIGCONT')
      running = undefined
      return exit
    },
    freeze: () => void running?.child.kill('SIGSTOP'),
    thaw: () => void running?.child.kill('SIGCONT'),
  }
}

/** Ends the children of a process too; wrangler, for example, starts several. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended.
  }
}
