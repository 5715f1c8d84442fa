import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../stack/guarded.ts'
import { isAlive } from '../stack/lock.ts'

/** The kernel's limit of a process's memory, as a pod has it. */
export interface MemoryLimit {
  /** The program under the limit; the kernel kills it when it needs more. */
  within: (program: Program) => Program
  remove: () => void
}

/** Where control groups are, and the file of a group that limits its memory: version 1, then version 2. */
const HIERARCHIES = [
  { root: '/sys/fs/cgroup/memory', file: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', file: 'memory.max' },
]

/** Makes a control group; undefined if this computer does not permit it (only Linux does, and only root). */
export function limitMemory(name: string, bytes: number): MemoryLimit | undefined {
  for (const { root, file } of HIERARCHIES) {
    if (!existsSync(join(root, 'cgroup.procs'))) continue
    removeAbandoned(root)
    const group = join(root, `reservoir-${name}-${process.pid}`)
    // A killed process may have had the same id.
    removeGroup(group)
    try {
      mkdirSync(group)
      writeFileSync(join(group, file), String(bytes))
      if (Number(readFileSync(join(group, file), 'utf8')) !== bytes) throw new Error('the limit was not kept')
      return { within: withinGroup(group), remove: () => removeGroup(group) }
    } catch {
      removeGroup(group)
    }
  }
  return undefined
}

/** A process that was killed could not remove its groups. */
function removeAbandoned(root: string): void {
  for (const name of readdirSync(root)) {
    const [, maker] = /^reservoir-.*-(\d+)$/.exec(name) ?? []
    if (maker !== undefined && !isAlive(Number(maker))) removeGroup(join(root, name))
  }
}

function removeGroup(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // It does not exist, or a process of it has not ended yet; then a later run removes it.
  }
}

/** The shell enters the group and becomes the program. */
const withinGroup =
  (group: string) =>
  ({ file, args, ...rest }: Program): Program => ({
    ...rest,
    file: '/bin/sh',
    args: ['-c', 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"', 'sh', group, file, ...args],
  })
