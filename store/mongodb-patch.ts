import type { Collection as Documents } from 'mongodb'
import { applyChange, holds } from './change.ts'
import { updateOf } from './mongodb-change.ts'
import { isDuplicate } from './mongodb-errors.ts'
import { changeFilter, conditionFilter } from './mongodb-filter.ts'
import { fromStored } from './mongodb-values.ts'
import { StoreError, type Change, type Condition, type Doc } from './store.ts'
import { invalid, isObject } from './value.ts'

/** Where a call works, and until when. */
export interface Place {
  documents: Documents<Doc>
  expires: string | undefined
  /** What is left of the call's time. */
  within: () => { timeoutMS: number }
}

/** Each attempt but the first needs somebody to have changed the document in between. */
const MAX_ATTEMPTS = 20

/** One update, as a rule. Where it matches nothing although it might have, the document itself tells why. */
export const patchOne = async (place: Place, id: string, change: Change, when?: Condition): Promise<boolean> => {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const done = await attemptPatch(place, id, change, when)
    if (done !== undefined) return done
  }
  throw new StoreError('unavailable', `${id} changes too fast to be patched.`)
}

/** Undefined: somebody was faster. */
const attemptPatch = async (
  place: Place,
  id: string,
  change: Change,
  when: Condition | undefined,
): Promise<boolean | undefined> => {
  const { expires } = place
  // A missing document has no values: a condition that asks for one never creates it.
  const upsert = Boolean(change.upsert) && (!when || holds(when, undefined))
  const counted = expires !== undefined && change.inc?.some(([path]) => path.length === 1 && path[0] === expires)
  const conditions = when ? [when] : []
  let todo = change
  if (counted) {
    const found = await find(place, id)
    const refused = judge(found, id, change, when, upsert)
    if (refused !== undefined) return refused
    const old = found?.[expires] as number | undefined
    todo = withExpiry(change, expires, old ?? 0)
    conditions.push({ path: [expires], is: old ?? null })
  }
  const filters = [...conditions.flatMap(conditionFilter), ...changeFilter(todo)]
  if (await update(place, id, todo, filters, upsert)) return true
  // With the id alone, or one that must be there, nothing but the asked condition can have failed.
  if (!upsert && !counted && changeFilter(todo).length === 0) return false
  return judge(await find(place, id), id, change, when, upsert)
}

const update = async (
  { documents, expires, within }: Place,
  id: string,
  change: Change,
  filters: object[],
  upsert: boolean,
): Promise<boolean> => {
  const filter = filters.length > 0 ? { _id: id, $and: filters } : { _id: id }
  try {
    const result = await documents.updateOne(filter, updateOf(change, expires), { upsert, ...within() })
    return result.matchedCount + result.upsertedCount > 0
  } catch (error) {
    // It is there, but does not match; or somebody created it at the same moment.
    if (upsert && isDuplicate(error)) return false
    throw error
  }
}

/** What the port says to the change on this document; undefined if it could be done. */
const judge = (
  found: Doc | undefined,
  id: string,
  change: Change,
  when: Condition | undefined,
  upsert: boolean,
): false | undefined => {
  if (!found && !upsert) return false
  if (when && !holds(when, found)) return false
  const doc = found ?? { _id: id }
  for (const path of change.unset ?? []) refuseArrays(doc, path)
  applyChange(structuredClone(doc), change)
  return undefined
}

/** An unset would put a null into the array. */
const refuseArrays = (doc: Doc, path: readonly string[]): void => {
  let value: unknown = doc
  for (const key of path.slice(0, -1)) {
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
    if (Array.isArray(value)) throw invalid(`${path.join('.')} leads through a value that is not an object.`)
  }
}

/** As the server has it now: what the majority has may be older than what the update met. */
const find = async ({ documents, expires, within }: Place, id: string): Promise<Doc | undefined> => {
  const found = await documents.findOne({ _id: id }, { readConcern: { level: 'local' }, ...within() })
  return found ? fromStored(found, expires) : undefined
}

/** A date cannot be counted up: the count is set, if nobody was faster. */
const withExpiry = (change: Change, expires: string, old: number): Change => {
  const here = ([path]: readonly [readonly string[], number]): boolean => path.length === 1 && path[0] === expires
  const added = change.inc!.find(here)![1]
  const set = [...(change.set ?? []), [[expires], old + added] as const]
  return { ...change, set, inc: change.inc!.filter((one) => !here(one)) }
}
