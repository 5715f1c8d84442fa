import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Command } from './runtimes.ts'
import { readable } from './lines.ts'
import { endedWithin, killGroup, spawnGuarded } from '../stack/guarded.ts'

export interface Child {
  exit: Promise<number>
  /** Signals the child, waits until it has ended, and kills the rest of its process group. */
  end: () => Promise<void>
}

const GRACE_MS = 30_000

/**
 * Starts a child and prints its output. Ctrl-C reaches only this process, which ends its children in order. If this process is
 * killed, the children end too.
 */
export function startChild({ file, args, env, hidden }: Command, { isQuietAtEnd = false } = {}): Child {
  const colours: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const child = spawnGuarded({ file, args, env: { ...colours, ...env } }, 'pipe', 'TERM')
  let isEnding = false
  // A bundler that is interrupted during a build prints a thread dump.
  const isQuiet = (line: string): boolean =>
    (isEnding && isQuietAtEnd) || (hidden?.test(stripVTControlCharacters(line)) ?? false)
  relay(child.stdout!, process.stdout, isQuiet)
  relay(child.stderr!, process.stderr, isQuiet)
  const exit = once(child, 'close').then(([code]) => (code as number | null) ?? 1)
  return {
    exit,
    async end() {
      isEnding = true
      child.kill('SIGTERM')
      await endedWithin(GRACE_MS, exit, () => killGroup(child))
    },
  }
}

/** On a terminal a line of JSON becomes a sentence; a pipe receives it unchanged. */
function relay(from: Readable, to: NodeJS.WriteStream, isQuiet: (line: string) => boolean): void {
  createInterface(from).on('line', (line) => {
    if (!isQuiet(line)) to.write(`${to.isTTY ? readable(line, to) : line}\n`)
  })
}
