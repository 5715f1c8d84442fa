import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

export interface Program {
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  cwd?: string
}

/** How a program ends when this process was killed: a server at once, with its group; a tool by a signal it handles. */
export type LastSignal = 'KILL' | 'TERM'

/**
 * A watcher reads the pipe from this process, which breaks only when this process is gone; then it ends the program. A line
 * on the pipe says that the program has ended already. The shell becomes the program, so its id and exit code are known.
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

/** Kills a guarded program with everything it has started. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
