/** Tables in our documents that are printed from the code: each stands between the two comments with its name. */
import { TRANSITIONS } from '#domain/listing/transitions.ts'
import { POLICIES } from '#domain/policies.ts'
import { plannedTopics, TOPIC_TABLE, TOPICS } from '#domain/topics.ts'

type Row = readonly string[]

/** The documents, and the blocks they hold. */
export const BLOCKS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'ARCHITECTURE.md': { states, policies, topics },
  'docs/operate.md': { topics },
}

/** A document with its blocks as the code has them now; throws if one of them has no place. */
export function withBlocks(path: string, text: string): string {
  return Object.entries(BLOCKS[path] ?? {}).reduce((whole, [name, print]) => {
    const [begin, end] = [`<!-- ${name}: printed by npm run format -->`, `<!-- end of ${name} -->`]
    const from = whole.indexOf(begin)
    const to = whole.indexOf(end, from)
    if (from < 0 || to < 0) throw new Error(`${path} has no place for the block ${name}: ${begin} … ${end}`)
    return `${whole.slice(0, from + begin.length)}\n\n${print()}\n\n${whole.slice(to)}`
  }, text)
}

function states(): string {
  const rows = TRANSITIONS.map(({ command, actors, from, guard, event, to }) => [
    code(command),
    actors.join(', '),
    from.map((status) => status ?? 'none').join(', '),
    guard?.says ?? '',
    code(event),
    to,
  ])
  return table(['command', 'by', 'from', 'if', 'event', 'to'], rows)
}

function policies(): string {
  const rows = Object.entries(POLICIES).map(([name, { mustAgree }]) => [code(name), mustAgree.join(', ') || 'none'])
  return table(['policy', 'must agree'], rows)
}

function topics(): string {
  const about = new Map(Object.values(TOPIC_TABLE).map((row) => [row.name as string, row]))
  const rows = plannedTopics(TOPICS).map(({ topic, partitions, retentionMs }) => {
    const row = about.get(topic)
    return [
      code(topic) + (row && 'setting' in row ? ` (${code(row.setting)})` : ''),
      row?.key ?? 'as the original',
      row && 'partition' in row ? row.partition : row ? 'by key' : 'as the original',
      String(partitions),
      retentionMs === undefined ? 'for ever' : `${retentionMs / 86_400_000} days`,
      row?.writers.map(code).join(', ') ?? 'the reader',
      row?.readers.map(code).join(', ') ?? 'operators',
      row?.content ?? 'messages that a reader could not process',
    ]
  })
  return table(['topic', 'key', 'partition', 'partitions', 'kept', 'written by', 'read by', 'content'], rows)
}

const code = (word: string): string => (word.includes(' ') ? word : `\`${word}\``)

/** Aligned as the formatter aligns it. */
function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)))
  const line = (row: Row): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
