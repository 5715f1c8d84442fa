import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Command } from './runtimes.ts'
import { readable } from './lines.ts'
import { killGroup, spawnGuarded } from '../stack/guarded.ts'

export interface Child {
  exit: Promise<number>
  /** Asks it to end, waits until it has ended, and kills what it has left behind. */
  end: () => Promise<void>
}

const GRACE_MS = 30_000

/**
 * Prints what the child prints. Ctrl-C reaches only this process, which then ends its children in order; if this process is
 * killed, a pipe breaks and they end too.
 */
export function startChild({ file, args, env }: Command, { isQuietAtEnd = false } = {}): Child {
  const colours: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawnGuarded({ file, args, env: { ...colours, ...env } }, 'pipe', 'TERM')
  let isEnding = false
  // A bundler that is interrupted in the middle of a build prints a dump of its threads.
  const isQuiet = (): boolean => isEnding && isQuietAtEnd
  relay(child.stdout!, process.stdout, isQuiet)
  relay(child.stderr!, process.stderr, isQuiet)
  const exit = once(child, 'close').then(([code]) => (code as number | null) ?? 1)
  return {
    exit,
    async end() {
      isEnding = true
      child.kill('SIGTERM')
      const late = setTimeout(() => killGroup(child), GRACE_MS)
      await exit
      clearTimeout(late)
      killGroup(child)
    },
  }
}

/** On a terminal a line of JSON becomes a sentence; elsewhere it stays as it is. */
function relay(from: Readable, to: NodeJS.WriteStream, isQuiet: () => boolean): void {
  createInterface(from).on('line', (line) => {
    if (!isQuiet()) to.write(`${to.isTTY ? readable(line, to) : line}\n`)
  })
}
