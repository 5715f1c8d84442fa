/** A Dockerfile, as far as ours goes, and its stages built without an engine: files are copied, commands run. */
import { execFileSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, matchesGlob, relative } from 'node:path/posix'

export interface Instruction {
  name: string
  text: string
}

export interface Stage {
  name: string
  from: string
  instructions: Instruction[]
}

const KNOWN = new Set(['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'])

export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const stages: Stage[] = []
  for (const line of lines) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (name === undefined || rest === undefined || !KNOWN.has(name)) throw new Error(`what is ${line}?`)
    if (name === 'FROM') {
      const [, from, as] = /^(\S+) AS (\S+)$/.exec(rest) ?? []
      if (from === undefined || as === undefined) throw new Error(`a stage without a name: ${line}`)
      stages.push({ name: as, from, instructions: [] })
    } else {
      stages.at(-1)!.instructions.push({ name, text: rest })
    }
  }
  return stages
}

/** A stage's instructions of a kind, those of the stage it begins with first. */
export function inherited(stages: readonly Stage[], name: string, instruction: string): string[] {
  const stage = stages.find((one) => one.name === name)
  if (!stage) return []
  const own = stage.instructions.filter((one) => one.name === instruction).map(({ text }) => text)
  return [...inherited(stages, stage.from, instruction), ...own]
}

/** Builds a stage and all it needs; each has a root of its own below `folder`. Answers the root. */
export function build(stages: readonly Stage[], name: string, context: string, folder: string): string {
  const root = join(folder, name)
  const stage = stages.find((one) => one.name === name)
  if (!stage) throw new Error(`there is no stage ${name}`)
  mkdirSync(root, { recursive: true })
  const base = stages.find((one) => one.name === stage.from)
  if (base) link(rootOf(stages, base.name, context, folder), root)
  const workdir = join(root, inherited(stages, name, 'WORKDIR').at(-1) ?? '')
  mkdirSync(workdir, { recursive: true })
  const env = Object.fromEntries(inherited(stages, name, 'ENV').map((text) => text.split('=') as [string, string]))
  for (const { name: what, text } of stage.instructions) {
    if (what === 'RUN')
      execFileSync('sh', ['-c', text], { cwd: workdir, env: { ...process.env, ...env }, stdio: 'pipe' })
    if (what === 'COPY') copy(text, workdir, { stages, context, folder })
  }
  return root
}

const built = new Map<string, string>()

function rootOf(stages: readonly Stage[], name: string, context: string, folder: string): string {
  const key = join(folder, name)
  const root = built.get(key) ?? build(stages, name, context, folder)
  built.set(key, root)
  return root
}

/** Like the layers of an image, what a stage begins with is shared and not copied. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) link(source, target)
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true })
    else linkSync(source, target)
  }
}

interface Surroundings {
  stages: readonly Stage[]
  context: string
  folder: string
}

/** `COPY [--from=stage] what … where`; a folder's content goes into the folder, a file into it by its name. */
function copy(text: string, workdir: string, { stages, context, folder }: Surroundings): void {
  const [, from, names = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? []
  const parts = names.split(' ')
  const target = join(workdir, parts.at(-1)!)
  if (from !== undefined) return link(join(rootOf(stages, from, context, folder), parts[0]!), target)
  const filter = ignoring(context)
  for (const name of parts.slice(0, -1)) {
    const place = parts.at(-1) === './' ? join(target, basename(name)) : target
    cpSync(join(context, name), place, { recursive: true, verbatimSymlinks: true, filter })
  }
}

/** What .dockerignore lets through: the last line that matches a path, or a folder above it, decides. */
export function ignoring(context: string): (path: string) => boolean {
  const lines = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n')
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return (path) => {
    const parts = relative(context, path).split('/')
    const above = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
    const last = patterns.findLast((line) => above.some((one) => matches(one, line.replace(/^!/, ''))))
    return last === undefined || last.startsWith('!')
  }
}

/** For an engine, `*` means hidden files, too. */
const matches = (path: string, pattern: string): boolean => pattern === '*' || matchesGlob(path, pattern)
