/**
 * The SQL of the embedded store. Its indexes are over expressions on the JSON text. SQLite uses such an index only for a query
 * with the same expression, so each expression is written once, here.
 */
import { invalid } from '../value.ts'

/** As JSON text, which distinguishes 1, true and "1"; a missing value equals null. */
const equal = (field: string): string => `coalesce(doc -> '${at(field)}', 'null')`

/** Below every number and string, and not a JSON value: a missing value sorts first. */
export const MISSING = Number.NEGATIVE_INFINITY

/** As an SQL value. NULL compares with nothing, so it would be missing in every page but the first. */
const ordered = (field: string): string => (field === '_id' ? '_id' : `coalesce(doc ->> '${at(field)}', -9e999)`)

const expiring = (field: string): string => `doc ->> '${at(field)}'`

const at = (field: string): string => {
  if (!/^\w+$/.test(field))
    throw invalid(`${field} is not a name for an indexed field: use letters, digits and underscores.`)
  return `$.${field}`
}

/** The statement of each index, by its name. The order by `_id` alone is the table's own. */
export const indexesOf = (
  collection: string,
  indexes: readonly (readonly string[])[],
  expires: string | undefined,
): Map<string, string> => {
  const needed = indexes.filter((fields) => fields.join() !== '_id')
  const parts = new Map(needed.map((fields) => [`${collection}(${fields.join()})`, indexed(fields)]))
  if (expires !== undefined) parts.set(`${collection} expires ${expires}`, expiring(expires))
  return new Map(
    [...parts].map(([name, on]) => [name, `CREATE INDEX IF NOT EXISTS "${name}" ON "${collection}" (${on})`]),
  )
}

const indexed = (fields: readonly string[]): string => {
  return [...fields.slice(0, -1).map(equal), ...untied(ordered(fields.at(-1)!))].join(', ')
}

/** Ids break ties; an order by id has no ties. */
const untied = (by: string): string[] => (by === '_id' ? [by] : [by, '_id'])

/**
 * A page continues from the end of the last one in two steps: first the documents with the same value, then those beyond it. Each
 * is one range of the index. A comparison of (value, id) is not: SQLite would skip through everything before it. An order by id
 * needs the second step only.
 */
export type Step = 'start' | 'same' | 'beyond'

export const scanSql = (collection: string, index: readonly string[], descending: boolean, step: Step): string => {
  const by = ordered(index.at(-1)!)
  const [beyond, direction] = descending ? ['<', 'DESC'] : ['>', 'ASC']
  const from = { start: [], same: [`${by} = ?`, `_id ${beyond} ?`], beyond: [`${by} ${beyond} ?`] }[step]
  const order = (step === 'same' ? ['_id'] : untied(by)).map((column) => `${column} ${direction}`)
  const conditions = [...index.slice(0, -1).map((field) => `${equal(field)} = ?`), ...from]
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return `SELECT doc FROM "${collection}" ${where} ORDER BY ${order.join(', ')} LIMIT ?`
}

export const countSql = (collection: string, index: readonly string[]): string => {
  const conditions = index.slice(0, -1).map((field) => `${equal(field)} = ?`)
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return `SELECT json_object('_id', '', 'count', count(*)) AS doc FROM "${collection}" ${where}`
}

/** Only numbers expire: SQLite sorts strings above them. */
export const sweepSql = (collection: string, expires: string): string =>
  `DELETE FROM "${collection}" WHERE _id IN (SELECT _id FROM "${collection}" WHERE ${expiring(expires)} < ? LIMIT ?)`
