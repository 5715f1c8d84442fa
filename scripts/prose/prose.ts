/** Finds prose that uses a refused phrase. Identifiers, code in Markdown and strings of one word are not prose. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync, Visitor } from 'vite'
import { PHRASES } from './phrases.ts'

export interface Text {
  /** From the project's root, with `/`. */
  path: string
  text: string
}

interface Passage {
  /** Position in the file. */
  start: number
  text: string
}

/** These files quote the refused phrases. */
const OWN = ['scripts/prose/', 'tests/prose.test.ts']

const READERS: readonly [RegExp, (file: Text) => Passage[]][] = [
  [/\.(ts|tsx|mts|mjs)$/, (file) => inCode(file)],
  [/\.md$/, ({ text }) => [{ start: 0, text: withoutCode(text) }]],
  [/\.(ya?ml|toml|sh)$|(^|\/)(Dockerfile|\.env\.example)$/, ({ text }) => hashComments(text)],
]

/** A sentence for each refused phrase of the file, as `path:line: …`. */
export function proseFaults(file: Text): string[] {
  if (OWN.some((own) => file.path.startsWith(own))) return []
  const read = READERS.find(([name]) => name.test(file.path))?.[1]
  return (read?.(file) ?? []).flatMap((passage) => faultsOf(file, passage))
}

const faultsOf = ({ path, text }: Text, passage: Passage): string[] =>
  PHRASES.flatMap(({ pattern, instead }) =>
    Array.from(passage.text.matchAll(new RegExp(pattern, 'gi')), (match) => {
      const line = text.slice(0, passage.start + match.index).split('\n').length
      return `${path}:${line}: "${match[0]}": ${instead}`
    }),
  )

function inCode({ path, text }: Text): Passage[] {
  const { program, comments } = parseSync(path, text)
  const found: Passage[] = comments.map(({ start, end }) => ({ start, text: withoutCode(text.slice(start, end)) }))
  const note = ({ start, end }: { start: number; end: number }): void => {
    const literal = text.slice(start, end)
    if (/\S\s+\S/.test(literal)) found.push({ start, text: literal })
  }
  new Visitor({
    Literal: (node) => typeof node.value === 'string' && note(node),
    TemplateElement: (node) => note(node),
  }).visit(program)
  return found
}

/** Blanks code spans and fences, so that positions stay as they are. */
const withoutCode = (text: string): string =>
  text.replaceAll(/```[^]*?```|`[^`\n]*`/g, (code) => code.replaceAll(/[^\n]/g, ' '))

const hashComments = (text: string): Passage[] =>
  Array.from(text.matchAll(/(?:^|\s)#(.*)$/gm), ({ 0: comment, index }) => ({ start: index, text: comment }))

const SKIPPED = new Set(['node_modules', 'coverage', 'package-lock.json'])

/** Every file of the project, without installed and hidden ones; of the hidden ones only `.env.example` is read. */
export function readTexts(root: string): Text[] {
  const entries = readdirSync(root, { withFileTypes: true }).filter(
    ({ name }) => name === '.env.example' || (!name.startsWith('.') && !SKIPPED.has(name)),
  )
  const paths = entries.flatMap((entry) =>
    entry.isDirectory()
      ? readdirSync(join(root, entry.name), { recursive: true, encoding: 'utf8' }).map((path) => join(entry.name, path))
      : [entry.name],
  )
  return paths
    .filter((path) => READERS.some(([name]) => name.test(path)))
    .map((path) => ({ path: path.replaceAll(sep, '/'), text: readFileSync(join(root, path), 'utf8') }))
}
