import { StoreError, type Collections, type Doc, type Path } from './store.ts'

/** The limit of MongoDB. It also keeps recursion over a document within the stack. */
const MAX_DEPTH = 100

export const invalid = (message: string): StoreError => new StoreError('invalid', message)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const checkId = (id: unknown): void => {
  if (typeof id !== 'string' || id === '' || !id.isWellFormed())
    throw invalid('An id must be a well-formed string that is not empty.')
}

/** A name that every driver accepts: safe between SQL's double quotes, and lower case because SQLite ignores case. */
export const checkCollectionName = (name: string): void => {
  if (/^[a-z][a-z0-9_-]*$/.test(name) && !name.startsWith('sqlite_') && !name.startsWith('system')) return
  throw invalid(
    `${JSON.stringify(name)} cannot name a collection: use lower-case letters, digits, hyphens and underscores.`,
  )
}

/** For calls about a whole collection, which must not touch a declared one. */
export const checkUndeclared = (name: string, declared: Collections): void => {
  checkCollectionName(name)
  if (Object.hasOwn(declared, name)) throw invalid(`${name} is a declared collection: use another name.`)
}

export const checkDoc = (doc: Doc): void => {
  checkValue(doc)
  const { _id: id } = doc
  checkId(id)
}

/**
 * `__proto__` would reach the prototype instead of the data, and `.` and `$` have a meaning in MongoDB. Names like `constructor`
 * are ordinary data, because every read of a key checks `Object.hasOwn`.
 */
export const checkPath = (path: Path): void => {
  if (!Array.isArray(path) || path.length === 0) throw invalid('A path must be a list of at least one key.')
  for (const key of path) {
    if (typeof key !== 'string' || key === '' || key.includes('.') || key.startsWith('$') || key === '__proto__') {
      throw invalid(
        `${JSON.stringify(key)} is not a key: a key is not empty, has no ".", no leading "$", and is not "__proto__".`,
      )
    }
  }
}

/** Values that are not JSON would be returned changed, so they are rejected. */
export const checkValue = (value: unknown, depth = 0): void => {
  if (depth > MAX_DEPTH) throw invalid(`A document must not nest deeper than ${MAX_DEPTH} levels.`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return
  if (Array.isArray(value)) {
    for (const item of value) checkValue(item, depth + 1)
  } else if (isPlain(value)) {
    for (const key of Object.keys(value)) checkValue(value[key], depth + 1)
  } else throw invalid(`A document must be JSON; ${kindOf(value)} is not.`)
}

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const kindOf = (value: unknown): string => {
  if (typeof value === 'number') return String(value)
  return isObject(value) ? `a ${value.constructor.name}` : typeof value
}
