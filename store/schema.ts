import { type Collections, type Doc, type Store, StoreError } from './store.ts'

/** What a process keeps in a store: its collections, and the version of their documents. */
export interface Schema {
  /** A whole number from 1 on, raised with every change of shape. Documents without a recorded version have version 1. */
  version: number
  collections: Collections
  /**
   * The step to each version from the one before, for what renaming a collection (`formerly`) does not do. A step may run several
   * times, and in several processes at once.
   */
  migrations?: Readonly<Record<number, (store: Store) => Promise<void>>>
}

/** Where the version is recorded: among the documents. */
export const VERSIONS = 'schema'
export const VERSION_ID = 'version'

interface StoredVersion extends Doc {
  version: number
}

/** Checks the recorded version before anything is read or made. Every driver starts here. `where` is a database or a file. */
export function checkVersion(found: unknown, known: number, where: string, setting: string): void {
  if (found === undefined || (Number.isInteger(found) && Number(found) >= 1 && Number(found) <= known)) return
  const isNewer = Number.isInteger(found) && Number(found) > known
  const remedy = `${isNewer ? 'update Reservoir' : 'restore a backup'}, or set ${setting}`
  const what = isNewer ? 'a newer Reservoir' : 'something other than Reservoir'
  const versions = `version ${JSON.stringify(found)}; this Reservoir knows versions 1 to ${known}`
  throw new StoreError('unavailable', `${where} was written by ${what} (${versions}): ${remedy}`)
}

/** The refusal to choose between two collections that both may hold what counts. */
export function refuseBoth(where: string, formerly: string, name: string): StoreError {
  const both = `${where} has both ${formerly} and ${name}, its new name`
  const why = 'an older Reservoir has written to it after it was migrated'
  return new StoreError(
    'unavailable',
    `${both}: ${why}. Stop that process, and drop ${formerly} if nothing in it is needed`,
  )
}

/** Brings the documents of an opened store to the schema's version and records it. Safe to repeat, also at the same time. */
export async function migrate(store: Store, { version, migrations = {} }: Schema): Promise<void> {
  const found = (await store.get<StoredVersion>(VERSIONS, VERSION_ID))?.version
  if (found === version) return
  for (let next = (found ?? 1) + 1; next <= version; next++) await migrations[next]?.(store)
  await store.patch(VERSIONS, VERSION_ID, { max: [[['version'], version]], upsert: true })
}
