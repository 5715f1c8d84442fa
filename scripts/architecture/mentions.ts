import { parseSync, Visitor, type ESTree } from 'vite'

/** What a source names that could lead out of it: a module it imports, or a global such as `Date.now` or `fetch()`. */
export interface Mention {
  kind: 'import' | 'global'
  name: string
  line: number
  /** An import that is gone when the program runs. `import { type A }` is not: it still loads the file. */
  isType?: true
}

/** Read from the syntax tree, so that comments and strings do not count. Throws on what is not TypeScript. */
export const mentionsIn = (path: string, text: string): Mention[] => {
  const { program, errors } = parseSync(path, text)
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`)
  const found: Mention[] = []
  const note = (kind: Mention['kind'], name: string, { start }: { start: number }, isType?: boolean): void => {
    found.push({ kind, name, line: text.slice(0, start).split('\n').length, ...(isType && { isType }) })
  }
  new Visitor({
    ImportDeclaration: (node) => note('import', node.source.value, node, node.importKind === 'type'),
    ExportNamedDeclaration: (node) =>
      node.source && note('import', node.source.value, node, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => note('import', node.source.value, node, node.exportKind === 'type'),
    TSImportType: (node) => note('import', node.source.value, node, true),
    ImportExpression: (node) => note('import', writtenOut(node.source), node),
    MemberExpression: (node) => {
      if (node.object.type === 'Identifier') note('global', `${node.object.name}.${keyOf(node)}`, node)
    },
    CallExpression: (node) => node.callee.type === 'Identifier' && note('global', `${node.callee.name}()`, node),
    NewExpression: (node) => {
      const bare = node.callee.type === 'Identifier' && node.arguments.length === 0
      if (bare) note('global', `new ${(node.callee as ESTree.IdentifierReference).name}()`, node)
    },
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== 'ObjectPattern' || init?.type !== 'Identifier') return
      for (const part of id.properties) {
        const key = part.type === 'Property' && part.key.type === 'Identifier' ? part.key.name : UNKNOWN
        note('global', `${init.name}.${key}`, init)
      }
    },
  }).visit(program)
  return found
}

/** Stands for a name that only the running program knows. */
export const UNKNOWN = '?'

const writtenOut = (node: ESTree.Expression): string => {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  const only = node.type === 'TemplateLiteral' && node.expressions.length === 0 ? node.quasis[0] : undefined
  return only?.value.cooked ?? UNKNOWN
}

const keyOf = (node: ESTree.MemberExpression): string => {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name
  return node.property.type === 'Literal' ? String(node.property.value) : UNKNOWN
}
