import { gathered } from '#platform/gathered.ts'
import type { Doc, Store } from '#store/store.ts'
import { READS } from '../limits.ts'

/** Reads one document by its id; `undefined` if it does not exist. The caller must not change it: others may hold the same one. */
export type Read<T extends Doc> = (id: string) => Promise<T | undefined>

/**
 * Reads that requests repeat until a document exists. A few are under way at once; the requests that come meanwhile share the next
 * one. The ids must be valid, because an invalid one would reject the reads of others.
 */
export function sharedReads<T extends Doc>(store: Store, collection: string): Read<T> {
  const read = gathered(async (ids: readonly string[]) => {
    const found = await store.getMany<T>(collection, ids)
    return new Map(found.map((document) => [document._id, document]))
  }, READS.parallel)
  return async (id) => (await read(id)).get(id)
}
