import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Command } from './runtimes.ts'
import { readable } from './lines.ts'
import { spawnGuarded } from '../stack/guarded.ts'

export interface Child {
  exit: Promise<number>
  /** Tells it to end, waits until it has, and leaves nothing behind that it has started. */
  end: () => Promise<void>
}

const GRACE_MS = 30_000

/**
 * What it prints is printed here. Ctrl-C reaches us alone, who then end our children in order; and should we be killed, they
 * are told by a pipe that breaks.
 */
export function startChild({ file, args, env }: Command): Child {
  const colours: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawnGuarded({ file, args, env: { ...colours, ...env } }, 'pipe', 'TERM')
  relay(child.stdout!, process.stdout)
  relay(child.stderr!, process.stderr)
  const exit = once(child, 'close').then(([code]) => (code as number | null) ?? 1)
  return {
    exit,
    async end() {
      child.kill('SIGTERM')
      const late = setTimeout(() => killGroup(child), GRACE_MS)
      await exit
      clearTimeout(late)
      killGroup(child)
    },
  }
}

/** For people what is JSON becomes a sentence; for machines it stays as it is. */
function relay(from: Readable, to: NodeJS.WriteStream): void {
  if (!to.isTTY) return void from.pipe(to, { end: false })
  createInterface(from).on('line', (line) => to.write(`${readable(line, to)}\n`))
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
