/** Parses our Dockerfile and builds its stages without a container engine: copies the files and runs the commands. */
import { execFileSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, matchesGlob, relative } from 'node:path/posix'

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
    if (name === undefined || rest === undefined || !KNOWN.has(name)) throw new Error(`unknown instruction: ${line}`)
    if (name === 'FROM') {
      const [, from, as] = /^(\S+) AS (\S+)$/.exec(rest) ?? []
      if (from === undefined || as === undefined) throw new Error(`the stage has no name: ${line}`)
      stages.push({ name: as, from, instructions: [] })
    } else {
      stages.at(-1)!.instructions.push({ name, text: rest })
    }
  }
  return stages
}

/** The texts of one instruction in a stage, after those of its base stages. */
export function inherited(stages: readonly Stage[], name: string, instruction: string): string[] {
  const stage = stages.find((one) => one.name === name)
  if (!stage) return []
  const own = stage.instructions.filter((one) => one.name === instruction).map(({ text }) => text)
  return [...inherited(stages, stage.from, instruction), ...own]
}

/** Builds a stage and the stages it needs, each in its own root below `folder`. Returns the root. */
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
  for (const { name: instruction, text } of stage.instructions) {
    if (instruction === 'RUN')
      execFileSync('sh', ['-c', text], { cwd: workdir, env: { ...process.env, ...env }, stdio: 'pipe' })
    if (instruction === 'COPY') copy(text, workdir, { stages, context, folder })
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

/** Links a file of a stage, or the files of a folder, instead of copying them, like the layers of an image. */
function link(from: string, to: string): void {
  if (statSync(from).isFile()) {
    mkdirSync(dirname(to), { recursive: true })
    return linkSync(from, to)
  }
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) link(source, target)
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true })
    else linkSync(source, target)
  }
}

interface BuildContext {
  stages: readonly Stage[]
  context: string
  folder: string
}

/** `COPY [--from=stage] [--chmod=mode] source … target`: copies the content of folders, and files by their names. */
function copy(text: string, workdir: string, { stages, context, folder }: BuildContext): void {
  const [, from, mode, names = ''] = /^(?:--from=(\S+) )?(?:--chmod=([0-7]+) )?(.*)$/.exec(text) ?? []
  const parts = names.split(' ')
  const target = join(workdir, parts.at(-1)!)
  const root = from === undefined ? context : rootOf(stages, from, context, folder)
  const filter = contextFilter(context)
  for (const source of parts.slice(0, -1).map((name) => join(root, name))) {
    const place = target.endsWith('/') && statSync(source).isFile() ? join(target, basename(source)) : target
    if (from === undefined) cpSync(source, place, { recursive: true, verbatimSymlinks: true, filter })
    else link(source, place)
    if (mode !== undefined) execFileSync('chmod', ['--recursive', mode, place])
  }
}

/** A filter for .dockerignore: the last line that matches a path or one of its parents decides. */
export function contextFilter(context: string): (path: string) => boolean {
  const lines = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n')
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
  return (path) => {
    const parts = relative(context, path).split('/')
    const above = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
    const last = patterns.findLast((line) => above.some((one) => matches(one, line.replace(/^!/, ''))))
    return last === undefined || last.startsWith('!')
  }
}

/** In .dockerignore `*` also matches hidden files. */
const matches = (path: string, pattern: string): boolean => pattern === '*' || matchesGlob(path, pattern)
