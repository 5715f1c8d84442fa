/**
 * Finds conditions on a name of a table (a kind, a policy, a dialect) outside that table. Such a condition is a row that its table lacks.
 */
import { parseSync, Visitor, type ESTree } from 'vite'
import type { SourceFile } from './import-table.ts'

export interface NamedTable {
  /** For the sentence: "the kind". */
  what: string
  names: readonly string[]
  /** Files that may have conditions on its names, by the start of the path. */
  home: string
  /** Names with another meaning elsewhere count only in conditions that match this. */
  ambiguous?: { names: readonly string[]; unless: RegExp }
}

const COMPARISONS = new Set(['===', '!==', '==', '!=', 'in'])
const LOOKUPS = new Set(['includes', 'has', 'indexOf', 'startsWith', 'endsWith', 'test', 'match'])

/** Tests and what only tests use state their expectations by name. */
const isExempt = (path: string): boolean =>
  /\.test\.ts$|\/testing\/|^(tests|bench)\//.test(path) || path.startsWith('scripts/architecture/')

/** A sentence for each condition, as `path:line: …`. */
export const namedConditions = (sources: readonly SourceFile[], tables: readonly NamedTable[]): string[] =>
  sources.filter(({ path }) => !isExempt(path)).flatMap(({ path, text }) => conditionsIn(path, text, tables))

function conditionsIn(path: string, text: string, tables: readonly NamedTable[]): string[] {
  const { program, errors } = parseSync(path, text)
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`)
  const found: string[] = []
  const judge = (condition: Range, ...parts: (ESTree.Node | null)[]): void => {
    const words = new Set(parts.flatMap(wordsIn))
    const shown = text.slice(condition.start, condition.end)
    for (const { what, names, home, ambiguous } of tables) {
      if (path.startsWith(home)) continue
      const named = names.find((name) => words.has(name) && !isOther(ambiguous, name, shown))
      if (named === undefined) continue
      const line = text.slice(0, condition.start).split('\n').length
      found.push(`${path}:${line}: a condition on ${what} '${named}' belongs in ${home}`)
    }
  }
  new Visitor({
    BinaryExpression: (node) => COMPARISONS.has(node.operator) && judge(node, node.left, node.right),
    SwitchStatement: (node) => {
      for (const { test } of node.cases) if (test) judge({ start: node.start, end: test.end }, test)
    },
    CallExpression: (node) => {
      const { callee } = node
      if (callee.type !== 'MemberExpression' || !LOOKUPS.has(keyOf(callee))) return
      judge(node, callee.object, ...node.arguments)
    },
    NewExpression: (node) => {
      const makesSet = node.callee.type === 'Identifier' && node.callee.name === 'Set'
      if (makesSet) judge(declaring(text, node), ...node.arguments)
    },
    MemberExpression: (node) => node.computed && node.object.type === 'ObjectExpression' && judge(node, node.object),
  }).visit(program)
  return found
}

interface Range {
  start: number
  end: number
}

/** With the name of the variable before it, which says what a set is about. */
const declaring = (text: string, { start, end }: Range): Range => ({ start: text.lastIndexOf('\n', start) + 1, end })

const isOther = (ambiguous: NamedTable['ambiguous'], name: string, shown: string): boolean =>
  ambiguous !== undefined && ambiguous.names.includes(name) && !ambiguous.unless.test(shown)

const keyOf = (node: ESTree.MemberExpression): string => (node.property.type === 'Identifier' ? node.property.name : '')

/** Literals, and those in lists, objects' keys and regular expressions. */
function wordsIn(node: ESTree.Node | null): string[] {
  switch (node?.type) {
    case 'Literal':
      if ('regex' in node && node.regex) return node.regex.pattern.split(/[^\w+]+/)
      return typeof node.value === 'string' ? [node.value] : []
    case 'TemplateLiteral':
      return node.quasis.map(({ value }) => value.cooked ?? value.raw)
    case 'ArrayExpression':
      return node.elements.flatMap(wordsIn)
    case 'ObjectExpression':
      return node.properties.flatMap((property) =>
        property.type !== 'Property'
          ? []
          : property.key.type === 'Identifier'
            ? [property.key.name]
            : wordsIn(property.key),
      )
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return wordsIn(node.expression)
    default:
      return []
  }
}
