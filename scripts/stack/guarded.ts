import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { settledWithin } from '#platform/deadline.ts'

export interface Program {
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  cwd?: string
}

/** Ends a program after this process was killed: `KILL` ends its whole group at once, `TERM` is a signal that it handles. */
export type LastSignal = 'KILL' | 'TERM'

/**
 * A watcher reads a pipe from this process and ends the program when the pipe breaks, because this process has ended. A line on
 * the pipe means that the program has already ended. The shell becomes the program, so its id and exit code are known.
 */
const GUARDED = `
end=$1; shift
[ "$end" = KILL ] && target=-$$ || target=$$
(read -r _ <&3 || kill -s "$end" -- "$target") >/dev/null 2>&1 &
exec 3<&-
exec "$@"`

/**
 * Starts a program that does not outlive this process, even if this process is killed. It has a session of its own: Ctrl-C
 * in a terminal does not reach it. Its output goes to the open file, or to this process.
 */
export function spawnGuarded(program: Program, output: number | 'pipe', last: LastSignal = 'KILL'): ChildProcess {
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', last, program.file, ...program.args], {
    cwd: program.cwd,
    env: { ...process.env, ...program.env },
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
  })
  const pipe = child.stdio[3] as Writable
  pipe.on('error', () => {})
  child.once('exit', () => pipe.end('ended\n'))
  return child
}

/** Waits for the end of a program, and kills it after `limitMs`. */
export async function endedWithin<T>(limitMs: number, exit: Promise<T>, kill: () => void): Promise<T> {
  await settledWithin(limitMs, exit)
  kill()
  return exit
}

/** Kills a guarded program with everything it has started. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // The whole group has ended.
  }
}
