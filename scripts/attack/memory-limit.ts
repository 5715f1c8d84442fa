import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../stack/guarded.ts'

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

/** Node's heap gets half of the limit, as in our images. */
const HEAP_SHARE = 0.5

/** Makes a control group; undefined if this computer does not permit it (only Linux does, and only root). */
export function limitMemory(name: string, bytes: number): MemoryLimit | undefined {
  for (const { root, file } of HIERARCHIES) {
    const group = join(root, `reservoir-${name}-${process.pid}`)
    if (!existsSync(join(root, 'cgroup.procs'))) continue
    try {
      mkdirSync(group)
      writeFileSync(join(group, file), String(bytes))
      if (Number(readFileSync(join(group, file), 'utf8')) !== bytes) throw new Error('the limit was not kept')
      return { within: withinGroup(group, bytes), remove: () => rmdirSync(group) }
    } catch {
      if (existsSync(group)) rmdirSync(group)
    }
  }
  return undefined
}

/** The shell enters the group and becomes the program. */
const withinGroup =
  (group: string, bytes: number) =>
  ({ file, args, env, cwd }: Program): Program => ({
    file: '/bin/sh',
    args: ['-c', 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"', 'sh', group, file, ...args],
    env: { ...env, NODE_OPTIONS: `--max-old-space-size=${Math.floor((bytes * HEAP_SHARE) / 2 ** 20)}` },
    ...(cwd !== undefined && { cwd }),
  })
