/**
 * Who may know whom. The table is the architecture: `domain` knows nothing that waits, and no folder knows the vendor behind
 * another one's port. Folders that are not in it (scripts, tests, bench) put the others together and may know them all.
 */
import { isBuiltin } from 'node:module'
import { join } from 'node:path/posix'
import { mentionsIn, UNKNOWN, type Mention } from './mentions.ts'

interface Row {
  /** Folders of ours, beside itself. */
  folders: readonly string[]
  /** If given, no other packages. */
  packages?: readonly string[]
  /** Imports and globals; `*` at the end stands for anything. */
  never?: readonly string[]
  /** Files that `never` does not bind, by the start of their path. */
  except?: string
}

const CLOCKS = ['Date.now', 'Date()', 'new Date()', 'performance.*', 'Temporal.Now*']
const TIMERS = ['setTimeout()', 'setInterval()', 'setImmediate()', 'queueMicrotask()']
const CHANCE = ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues']
const WORLD = ['node:*', 'process.*', 'Deno.*', 'globalThis.*', 'console.*', 'fetch()', 'new WebSocket()']

const NODE = ['node:*', 'process.*', '@hono/node-server']

export const TABLE: Readonly<Record<string, Row>> = {
  domain: { folders: [], packages: ['zod', 'uuid'], never: [...CLOCKS, ...TIMERS, ...CHANCE, ...WORLD] },
  platform: { folders: [], never: NODE, except: 'platform/node/' },
  log: { folders: ['platform'] },
  store: { folders: ['platform'] },
  proxy: { folders: ['log', 'platform'] },
  processor: { folders: ['domain', 'log', 'store', 'platform'] },
  edge: { folders: ['domain', 'platform'], never: NODE, except: 'edge/node' },
  web: { folders: ['domain'], never: NODE },
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
}

const FOR_TESTS = new Set(['vitest', 'fast-check', 'node:assert/strict'])

const isForTests = (path: string): boolean => path.endsWith('.test.ts') || path.includes('/testing/')

export interface Source {
  /** From the project's root, with `/`. */
  path: string
  text: string
}

/** A sentence for each breach of the table, as `path:line: …`. */
export const breaches = (sources: readonly Source[]): string[] =>
  sources.flatMap(({ path, text }) =>
    mentionsIn(path, text).flatMap((mention) =>
      judge(path, mention).map((complaint) => `${path}:${mention.line}: ${complaint}`),
    ),
  )

const judge = (path: string, { kind, name }: Mention): string[] => {
  const folder = folderOf(path)
  const row = TABLE[folder]
  if (kind === 'global') return row && isNever(row, path, name) ? [`${folder} does without ${name}`] : []
  if (name === UNKNOWN) return row ? ['an import must name its module'] : []
  const target = folderNamed(path, name)
  if (target === undefined) return judgePackage(path, row, packageNamed(name))
  return row && target !== folder && !row.folders.includes(target) ? [`${folder} may not import ${target || name}`] : []
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

/** The folder of ours that an import leads to; undefined if it leads to a package. */
const folderNamed = (path: string, name: string): string | undefined => {
  if (name.startsWith('#')) return name.slice(1).split('/')[0]
  return name.startsWith('.') ? folderOf(join(path, '..', name)) : undefined
}

const packageNamed = (name: string): string => {
  if (isBuiltin(name)) return name.startsWith('node:') ? name : `node:${name}`
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

const isNever = ({ never = [], except }: Row, path: string, name: string): boolean => {
  if (except !== undefined && path.startsWith(except)) return false
  return never.some((ban) => (ban.endsWith('*') ? name.startsWith(ban.slice(0, -1)) : name === ban))
}
