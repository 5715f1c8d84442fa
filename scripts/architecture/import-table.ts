/**
 * Who may know whom. The table is the architecture: `domain` knows nothing that waits, and no folder knows the vendor behind
 * another one's port. Folders that are not in it (scripts, tests, bench) put the others together and may know them all.
 */
import { isBuiltin } from 'node:module'
import { join } from 'node:path/posix'
import { circlesIn } from './circles.ts'
import { mentionsIn, UNKNOWN, type Mention } from './mentions.ts'

interface Row {
  /** Folders of ours, beside itself. */
  folders: readonly string[]
  /** Folders of ours of which it may import types, and nothing else. */
  types?: readonly string[]
  /** If given, no other packages. */
  packages?: readonly string[]
  /** Packages, files of ours (`#folder/file.ts`) and globals; `*` at the end stands for anything. */
  never?: readonly string[]
  /** Files that `never` does not bind, by the start of their path. */
  except?: string
}

const CLOCKS = ['Date.now', 'Date()', 'new Date()', 'performance.*', 'Temporal.Now*']
const TIMERS = ['setTimeout()', 'setInterval()', 'setImmediate()', 'queueMicrotask()']
const CHANCE = ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues']
const WORLD = ['node:*', 'process.*', 'Deno.*', 'globalThis.*', 'console.*', 'fetch()', 'new WebSocket()']

/** What only Node has: other runtimes cannot load it. */
const NODE = ['node:*', 'process.*', '@hono/node-server', '#platform/node/*']

export const TABLE: Readonly<Record<string, Row>> = {
  domain: { folders: [], packages: ['zod', 'uuid'], never: [...CLOCKS, ...TIMERS, ...CHANCE, ...WORLD] },
  platform: { folders: [], never: NODE, except: 'platform/node/' },
  log: { folders: ['platform'] },
  store: { folders: ['platform'] },
  proxy: { folders: ['log', 'platform'] },
  processor: { folders: ['domain', 'log', 'store', 'platform'] },
  edge: { folders: ['domain', 'platform'], never: NODE, except: 'edge/node' },
  web: { folders: [], types: ['domain'], never: NODE },
  clients: { folders: [] },
}

/** Vendors that are named only there, by the start of the path. Tests and baselines look at the outside from the outside. */
export const VENDORS: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['log/kafka/', 'clients/', 'tests/', 'bench/'],
  mongodb: ['store/mongodb/', 'tests/', 'bench/'],
  'node:sqlite': ['log/embedded/', 'store/embedded/', 'tests/', 'bench/'],
  '@upstash/kafka': ['edge/', 'tests/', 'bench/'],
  jose: ['platform/', 'scripts/', 'tests/', 'bench/'],
  react: ['web/'],
  'react-dom': ['web/'],
  vite: ['web/', 'scripts/', 'tests/'],
  stripe: ['processor/proposers/', 'tests/'],
  'ical.js': ['tests/'],
  'ical-generator': ['processor/api/calendar/', 'tests/'],
  nodemailer: ['processor/channels/', 'tests/'],
  'web-push': ['processor/channels/', 'tests/'],
}

const FOR_TESTS = new Set(['vitest', 'fast-check', 'node:assert/strict'])

const isForTests = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/testing/')

export interface SourceFile {
  /** From the project's root, with `/`. */
  path: string
  text: string
}

/** A sentence for each breach of the table, as `path:line: …`, and for each circle between files. */
export function breaches(sources: readonly SourceFile[]): string[] {
  const read = sources.map(({ path, text }) => ({ path, mentions: mentionsIn(path, text) }))
  const imports = new Map(read.map(({ path, mentions }) => [path, mentions.flatMap((one) => fileNamed(path, one))]))
  return [
    ...read.flatMap(({ path, mentions }) =>
      mentions.flatMap((mention) => judge(path, mention).map((breach) => `${path}:${mention.line}: ${breach}`)),
    ),
    ...circlesIn(imports).map((circle) => `${circle[0]}: files import each other in a circle: ${circle.join(' → ')}`),
  ]
}

/** The file of ours that an import loads when the program runs. */
const fileNamed = (path: string, { kind, name, isType }: Mention): string[] => {
  const target = kind === 'import' && !isType ? targetOf(path, name) : undefined
  return target === undefined ? [] : [target]
}

const judge = (path: string, { kind, name, isType }: Mention): string[] => {
  const folder = folderOf(path)
  const row = TABLE[folder]
  if (kind === 'global') return row && isNever(row, path, name) ? [`${folder} does without ${name}`] : []
  if (name === UNKNOWN) return row ? ['an import must name its module'] : []
  const target = targetOf(path, name)
  if (target === undefined) return judgePackage(path, row, packageNamed(name))
  if (!row) return []
  if (isNever(row, path, `#${target}`)) return [`${folder} does without #${target}`]
  const other = rootOf(target)
  if (other === folder || row.folders.includes(other)) return []
  if (row.types?.includes(other)) return isType ? [] : [`${folder} may import only types of ${other}`]
  return [`${folder} may not import ${other || name}`]
}

const judgePackage = (path: string, row: Row | undefined, name: string): string[] => {
  const homes = VENDORS[name]
  if (homes && !homes.some((home) => path.startsWith(home))) return [`${name} is named only in ${homes.join(', ')}`]
  if (!row || (isForTests(path) && FOR_TESTS.has(name))) return []
  const folder = folderOf(path)
  if (isNever(row, path, name)) return [`${folder} does without ${name}`]
  return !row.packages || row.packages.includes(name)
    ? []
    : [`${folder} names no package but ${row.packages.join(', ')}`]
}

const folderOf = (path: string): string => path.split('/').slice(0, -1)[0] ?? ''

/** The file of ours that an import leads to; undefined if it leads to a package. */
const targetOf = (path: string, name: string): string | undefined => {
  if (name.startsWith('#')) return name.slice(1)
  return name.startsWith('.') ? join(path, '..', name) : undefined
}

/** Of a file in the project's root: nothing. */
const rootOf = (target: string): string => (target.includes('/') ? target.split('/')[0]! : '')

const packageNamed = (name: string): string => {
  if (isBuiltin(name)) return name.startsWith('node:') ? name : `node:${name}`
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

const isNever = ({ never = [], except }: Row, path: string, name: string): boolean => {
  if (except !== undefined && path.startsWith(except)) return false
  return never.some((ban) => (ban.endsWith('*') ? name.startsWith(ban.slice(0, -1)) : name === ban))
}
