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
  /** Collects writes that may go together. */
  gathering: Gathering
}

/** Returns false if the id is taken. */
export const insertOne = ({ documents, gathering }: Target, document: Doc): Promise<boolean> =>
  gathering.write({
    operation: { insertOne: { document } },
    alone: () => unlessDuplicate(documents.insertOne(document).then(() => true)),
  })

/** Each attempt fails only because another writer changed the document after it was read. */
const MAX_ATTEMPTS = 20

/**
 * What follows when the first update, which is sent without reading the document, matches nothing. `false`: the condition does
 * not hold or the document is missing. `read`: only the document tells.
 */
const AFTER_A_MISS = {
  none: { update: 'false', upsert: 'read' },
  is: { update: 'false', upsert: 'read' },
  // A missing number is below too, and the update does not ask for it.
  below: { update: 'read', upsert: 'read' },
} as const

const kindOf = (when: Condition | undefined): keyof typeof AFTER_A_MISS =>
  when === undefined ? 'none' : 'below' in when ? 'below' : 'is'

/** One update, unless its miss leaves the reason open or it counts up the date of expiry, which only the document tells. */
export const patchOne = async (target: Target, id: string, change: Change, when?: Condition): Promise<boolean> => {
  // A missing document has no values: a condition that asks for one never creates it.
  const upsert = Boolean(change.upsert) && (!when || holds(when, undefined))
  if (!isCounted(change, target.expires)) {
    const guards = changeFilter(change)
    const filters = [...(when ? conditionFilter(when) : []), ...guards]
    if (await update(target, id, { change, filters, upsert })) return true
    const next = AFTER_A_MISS[kindOf(when)][upsert ? 'upsert' : 'update']
    if (next === 'false' && guards.length === 0) return false
  }
  return patchAsRead(target, id, { ...change, upsert }, when)
}

/** Reads the document, and updates it only if what the update relies on is still there. */
const patchAsRead = async (target: Target, id: string, change: Change, when?: Condition): Promise<boolean> => {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = await find(target, id)
    if (!found && !change.upsert) return false
    if (when && !holds(when, found)) return false
    // Throws what the port says about the change of this document.
    applyChange(structuredClone(found ?? { _id: id }), change)
    const { todo, filters } = fitted(change, found, target.expires)
    const asked = when ? conditionFilter(asRead(when, found)) : []
    const all = [...asked, ...filters, ...changeFilter(todo)]
    if (await update(target, id, { change: todo, filters: all, upsert: !found })) return true
  }
  throw new StoreError('unavailable', `${id} was changed by others in each of ${MAX_ATTEMPTS} attempts: try again.`)
}

/** A number that is missing is below every number, but MongoDB compares only what is there. */
const asRead = (when: Condition, found: Doc | undefined): Condition => {
  const isMissing: Condition = { path: when.path, is: null }
  return 'below' in when && holds(isMissing, found) ? isMissing : when
}

interface Update {
  change: Change
  /** All of them must hold. */
  filters: Document[]
  /** Creates the document if it is missing. */
  upsert: boolean
}

/** False when no document matches. */
const update = (
  { documents, expires, gathering }: Target,
  id: string,
  { change, filters, upsert }: Update,
): Promise<boolean> => {
  const [filter, update] = [allOf([{ _id: id }, ...filters]), updateOf(change, expires)]
  const alone = async (): Promise<boolean> => {
    const result = await documents.updateOne(filter, update, { upsert })
    return result.matchedCount + result.upsertedCount > 0
  }
  // In a bulk write the answer would not show which update matched nothing; an upsert always matches or creates.
  if (!upsert) return alone()
  const operation = { updateOne: { filter, update, upsert } }
  return gathering.write({ operation, alone: () => unlessDuplicate(alone()) })
}

/** The document exists and does not match, or another process created it at the same moment. */
const unlessDuplicate = async (write: Promise<boolean>): Promise<boolean> => {
  try {
    return await write
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** With read concern local: what the majority has may be older than the document that the update met. */
const find = async ({ documents, expires }: Target, id: string): Promise<Doc | undefined> => {
  const found = await documents.findOne({ _id: id }, { readConcern: { level: 'local' } })
  return found ? fromStored(found, expires) : undefined
}

interface Fitted {
  todo: Change
  /** The parts of the document that the change relies on. */
  filters: Document[]
}

/** The change as MongoDB can do it, for the document as it was read. */
const fitted = (change: Change, found: Doc | undefined, expires: string | undefined): Fitted => {
  const { set = [], unset = [], inc = [] } = change
  const filters: Document[] = []
  // MongoDB would put a null into the array; the port does nothing there.
  const reached = unset.filter((path) => {
    const array = arrayOn(path, found)
    if (array) filters.push({ [nameOf(array)]: { $type: 'array' } })
    return !array
  })
  const todo = { ...change, unset: reached }
  if (expires === undefined || !isCounted(change, expires)) return { todo, filters }
  // A date cannot be incremented, so the sum is set if the value is still the one that was read.
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
