import { type Change, type Condition, type Doc, type Path } from './store.ts'
import { checkPath, checkValue, invalid, isObject } from './value.ts'

/** Throws `invalid` if no document could take the change. */
export const checkChange = (change: Change): void => {
  const { set = [], unset = [], inc = [], max = [] } = change
  const valued = [...set, ...inc, ...max]
  checkPaths([...valued.map(([path]) => path), ...unset])
  for (const [, value] of valued) checkValue(value)
  for (const [path, value] of [...inc, ...max]) {
    if (typeof value !== 'number') throw invalid(`${path.join('.')} needs a number.`)
  }
}

export const checkCondition = (condition: Condition): void => {
  checkPath(condition.path)
  const expected: unknown = 'below' in condition ? condition.below : condition.is
  if ('below' in condition && typeof expected !== 'number') throw invalid('`below` needs a number.')
  if (typeof expected === 'object' && expected !== null)
    throw invalid('`is` needs a string, a number, a boolean or null.')
  checkValue(expected)
}

/** A missing document has no values. */
export const holds = (condition: Condition, doc: Doc | undefined): boolean => {
  const found = valueAt(doc, condition.path) ?? null
  if (!('below' in condition)) return found === condition.is
  return found === null || (typeof found === 'number' && found < condition.below)
}

/** Changes the document in place. It is the caller's copy; drop it if this throws. */
export const applyChange = (doc: Doc, { set = [], unset = [], inc = [], max = [] }: Change): void => {
  for (const [path, value] of set) replace(doc, path, () => value)
  for (const [path, value] of inc) replace(doc, path, (old) => numberIn(old, path, 0) + value)
  for (const [path, value] of max) replace(doc, path, (old) => Math.max(numberIn(old ?? undefined, path, value), value))
  for (const path of unset) {
    const parent = valueAt(doc, path.slice(0, -1))
    if (isObject(parent)) delete parent[path.at(-1)!]
  }
}

const checkPaths = (paths: readonly Path[]): void => {
  for (const path of paths) {
    checkPath(path)
    if (path[0] === '_id') throw invalid('`_id` cannot be changed.')
  }
  // Keys contain no dot, so a path lies within another one exactly if its dotted form starts with the other's. Sorting makes
  // the two neighbors.
  const dotted = paths.map((path) => `${path.join('.')}.`).sort()
  const within = dotted.find((path, i) => i > 0 && path.startsWith(dotted[i - 1]!))
  if (within !== undefined) throw invalid(`Two paths of the change overlap at ${within.slice(0, -1)}.`)
}

const valueAt = (doc: Doc | undefined, path: Path): unknown => {
  let value: unknown = doc
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

const replace = (doc: Doc, path: Path, next: (old: unknown) => unknown): void => {
  let parent: Record<string, unknown> = doc
  for (const key of path.slice(0, -1)) {
    if (!Object.hasOwn(parent, key)) parent[key] = {}
    const child = parent[key]
    if (!isObject(child)) throw invalid(`${path.join('.')} passes through a value that is not an object.`)
    parent = child
  }
  const key = path.at(-1)!
  parent[key] = next(Object.hasOwn(parent, key) ? parent[key] : undefined)
}

const numberIn = (old: unknown, path: Path, missing: number): number => {
  if (old === undefined) return missing
  if (typeof old !== 'number') throw invalid(`The value at ${path.join('.')} is not a number.`)
  return old
}
