import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from '../../scripts/dev/runtimes.ts'

/** One of our processes, started as it is anywhere: by its entry and its environment. */
export interface Part {
  child: ChildProcess
  /** What it has printed so far. */
  output: () => string
  /** Its code, once it has ended and all it printed is here. */
  exit: Promise<number | null>
  /** Where it listens, once it says so; rejects if it ends before. */
  url: Promise<string>
}

const groups = new Set<number>()

export function startPart({ file, args, env }: Command): Part {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    // A group of its own, so that all of it can be killed.
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

/** In the words of the edge and the processor, of the proxy, and of wrangler. */
const portIn = (text: string): string | undefined =>
  /listens on (\d+)|"message":"listens"[^}]*"port":(\d+)|Ready on http:\/\/[^:\s]+:(\d+)/
    .exec(text)
    ?.slice(1)
    .find(Boolean)

export function killParts(): void {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  groups.clear()
}

// A test process that dies for another reason leaves nobody behind either.
process.on('exit', killParts)

/** What it says of itself: 0 if nobody answers. */
export const readinessAt = (url: string): Promise<number> =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status,
    () => 0,
  )
