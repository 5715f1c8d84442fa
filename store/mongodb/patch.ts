import type { Collection as Documents, Document } from 'mongodb'
import { applyChange, holds } from '../change.ts'
import { updateOf } from './change.ts'
import { isDuplicate } from './errors.ts'
import type { Gathering } from './gather.ts'
import { allOf, changeFilter, conditionFilter, nameOf } from './filter.ts'
import { fromStored } from './values.ts'
import { StoreError, type Change, type Collection, type Condition, type Doc, type Path } from '../store.ts'
import { isObject } from '../value.ts'

/** The collection a call works on. */
export interface Target {
  collection: Collection
  documents: Documents<Doc>
  expires: string | undefined
  /** Its writes that may go together. */
  gathering: Gathering
}

/** False when the id is taken. */
export const insertOne = ({ documents, gathering }: Target, document: Doc): Promise<boolean> =>
  gathering.write({
    operation: { insertOne: { document } },
    alone: () => unlessDuplicate(documents.insertOne(document).then(() => true)),
  })

/** Each attempt but the first needs somebody to have changed the document in between. */
const MAX_ATTEMPTS = 20

/** One update, as a rule. Where it matches nothing although it might have, the document itself tells why. */
export const patchOne = async (target: Target, id: string, change: Change, when?: Condition): Promise<boolean> => {
  let found: Doc | undefined
  // A missing document has no values: a condition that asks for one never creates it.
  const upsert = Boolean(change.upsert) && (!when || holds(when, undefined))
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const looked = attempt > 0 || isCounted(change, target.expires)
    if (looked) {
      found = await find(target, id)
      if (!upsert && !found) return false
      if (when && !holds(when, found)) return false
      // Throws what the port says to the change on this document.
      applyChange(structuredClone(found ?? { _id: id }), change)
    }
    const { todo, filters } = looked ? fitted(change, found, target.expires) : { todo: change, filters: [] }
    const guards = changeFilter(todo)
    const isLow = when !== undefined && 'below' in when
    const asked = isLow && holds({ path: when.path, is: null }, found) && looked ? { path: when.path, is: null } : when
    const all = [...(asked ? conditionFilter(asked) : []), ...filters, ...guards]
    // What was read is there; what it relies on must not end up in a new document.
    if (await update(target, id, todo, all, upsert && !found)) return true
    // Nothing but the asked condition, or that the document is missing, can be the reason.
    if (!upsert && !isLow && filters.length + guards.length === 0) return false
  }
  throw new StoreError('unavailable', `${id} changes too fast to be patched.`)
}

const update = (
  { documents, expires, gathering }: Target,
  id: string,
  change: Change,
  filters: Document[],
  upsert: boolean,
): Promise<boolean> => {
  const [filter, update] = [allOf([{ _id: id }, ...filters]), updateOf(change, expires)]
  const alone = async (): Promise<boolean> => {
    const result = await documents.updateOne(filter, update, { upsert })
    return result.matchedCount + result.upsertedCount > 0
  }
  // Together the answer would not tell which of them met nothing; with an upsert none does.
  if (!upsert) return alone()
  const operation = { updateOne: { filter, update, upsert } }
  return gathering.write({ operation, alone: () => unlessDuplicate(alone()) })
}

/** It is there, but does not match; or somebody created it at the same moment. */
const unlessDuplicate = async (write: Promise<boolean>): Promise<boolean> => {
  try {
    return await write
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** As the server has it now: what the majority has may be older than what the update met. */
const find = async ({ documents, expires }: Target, id: string): Promise<Doc | undefined> => {
  const found = await documents.findOne({ _id: id }, { readConcern: { level: 'local' } })
  return found ? fromStored(found, expires) : undefined
}

interface Fitted {
  todo: Change
  /** What of the document it relies on. */
  filters: Document[]
}

/** The change in words that MongoDB has, for the document as it was read. */
const fitted = (change: Change, found: Doc | undefined, expires: string | undefined): Fitted => {
  const { set = [], unset = [], inc = [] } = change
  const filters: Document[] = []
  // An unset within an array would put a null there; nothing is what it is to do.
  const reached = unset.filter((path) => {
    const array = arrayOn(path, found)
    if (array) filters.push({ [nameOf(array)]: { $type: 'array' } })
    return !array
  })
  const todo = { ...change, unset: reached }
  if (expires === undefined || !isCounted(change, expires)) return { todo, filters }
  // A date cannot be counted up: the count is set, if nobody was faster.
  const old = found?.[expires] as number | undefined
  const added = inc.find(([path]) => isHere(path, expires))![1]
  todo.set = [...set, [[expires], (old ?? 0) + added]]
  todo.inc = inc.filter(([path]) => !isHere(path, expires))
  return { todo, filters: [...filters, ...conditionFilter({ path: [expires], is: old ?? null })] }
}

const isCounted = ({ inc = [] }: Change, expires: string | undefined): boolean =>
  expires !== undefined && inc.some(([path]) => isHere(path, expires))

const isHere = (path: Path, expires: string): boolean => path.length === 1 && path[0] === expires

/** The outermost array that the path leads through. */
const arrayOn = (path: Path, doc: Doc | undefined): Path | undefined => {
  let value: unknown = doc
  for (const [i, key] of path.slice(0, -1).entries()) {
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
    if (Array.isArray(value)) return path.slice(0, i + 1)
  }
  return undefined
}
