import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from './dev-runtimes.ts'

export interface Child {
  exit: Promise<number>
  /** Tells it to end, waits until it has, and leaves nothing behind that it has started. */
  end: () => Promise<void>
}

const GRACE_MS = 10_000

/** What it prints is printed here. Ctrl-C reaches us alone, who then end our children in order: hence a group of its own. */
export function startChild({ file, args, env }: Command): Child {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exit = once(child, 'exit').then(([code]) => (code as number | null) ?? 1)
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

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
