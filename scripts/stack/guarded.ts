import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

export interface Program {
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  cwd?: string
}

/** How a program ends when we have been killed: a server at once, a tool that has others to end by a signal it hears. */
export type LastSignal = 'KILL' | 'TERM'

/**
 * A watcher reads the pipe from us, which only breaks when we are gone, however we went; then it ends the program. A line
 * says that the program has ended before. The shell becomes the program, so that its id and its exit are known to us, and
 * the watcher is there before it.
 */
const GUARDED = `
end=$1; shift
(read -r _ <&3 || kill -s "$end" $$) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`

/**
 * Starts a program that does not outlive us, not even when we are killed. It has a session of its own: Ctrl-C in a terminal
 * does not reach it. What it prints goes to the open file, or to us.
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
