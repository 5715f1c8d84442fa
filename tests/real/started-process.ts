import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, portIn } from '../../scripts/dev/runtimes.ts'

/** One of our processes, started by its entry file and environment. */
export interface StartedProcess {
  child: ChildProcess
  /** Its output so far. */
  output: () => string
  /** Its exit code, when it has ended and all output has arrived. */
  exit: Promise<number | null>
  /** Its URL, once its output has the port; rejects if it ends before. */
  url: Promise<string>
}

const groups = new Set<number>()

export function startProcess({ file, args, env }: Command): StartedProcess {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    // A process group, so that all its processes can be killed.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  groups.add(child.pid!)
  let text = ''
  const listening = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const port = portIn(text)
      if (port) listening.resolve(`http://127.0.0.1:${port}`)
    })
  }
  const exit = once(child, 'close').then(([code]) => code as number | null)
  void exit.then(() => listening.reject(new Error(`it has ended: ${text}`)))
  listening.promise.catch(() => {})
  return { child, output: () => text, exit, url: listening.promise }
}

export function killProcesses(): void {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  groups.clear()
}

// Also if the test process ends for another reason.
process.on('exit', killProcesses)

/** The status of /readyz, 0 without an answer. */
export const readinessAt = (url: string): Promise<number> =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => 0,
  )
