import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type LastSignal, type Program, spawnGuarded } from '../../scripts/stack/guarded.ts'

/** A process of the system under test: it can be killed, frozen and started again, and ends with us. */
export interface Part {
  name: string
  origin: string
  /** Everything it has printed, over all its starts. */
  output: () => string
  /** @param env beside what it always has */
  start: (env?: Readonly<Record<string, string>>) => void
  /** Resolves when its readiness is as wanted; throws when it is not within the limit, or the process has ended. */
  until: (status: number, limitMs?: number) => Promise<void>
  /** Resolves when it has ended, with its code; null if a signal ended it. */
  end: (signal?: NodeJS.Signals) => Promise<number | null>
  freeze: () => void
  thaw: () => void
}

const READY_LIMIT_MS = 60_000
const ASK_LIMIT_MS = 3_000

/** @param last how it ends when we have been killed: by a signal it hears, if it has others to end */
export function makePart(name: string, port: number, program: Program, last: LastSignal = 'KILL'): Part {
  const origin = `http://127.0.0.1:${port}`
  let running: { child: ChildProcess; exit: Promise<number | null> } | undefined
  let output = ''

  const readiness = () =>
    fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) }).then(
      async (response) => ({ status: response.status, told: await response.text() }),
      (error: Error) => ({ status: 0, told: error.message }),
    )

  return {
    name,
    origin,
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
    async until(status, limitMs = READY_LIMIT_MS) {
      const deadline = performance.now() + limitMs
      for (;;) {
        const now = await readiness()
        if (now.status === status) return
        const { exitCode, signalCode } = running!.child
        const why = exitCode === null && signalCode === null ? `answers ${now.status} ${now.told}` : 'has ended'
        if (why === 'has ended' || performance.now() > deadline)
          throw new Error(`${name} ${why} instead of ${status}:\n${output.slice(-4_000)}`)
        await pause(50)
      }
    },
    async end(signal = 'SIGTERM') {
      if (!running) return null
      const { child, exit } = running
      child.kill(signal)
      // A frozen one hears nothing but SIGKILL.
      child.kill('SIGCONT')
      running = undefined
      return exit
    },
    freeze: () => void running?.child.kill('SIGSTOP'),
    thaw: () => void running?.child.kill('SIGCONT'),
  }
}

/** Whatever it has started goes with it: wrangler, for one, has several processes. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}
