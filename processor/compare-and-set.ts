import { StoreError } from '#store/store.ts'

const MAX_ATTEMPTS = 20

/** No attempt begins later. A store that is too slow for this write needs a smaller batch, not the same write again. */
const LIMIT_MS = 10_000

/**
 * Repeats a compare-and-set until it succeeds. A lost attempt means that another writer has made progress.
 * @param attempt reads and writes once; returns false if the write was lost or its outcome is unknown
 * @throws StoreError after too many attempts or too long; the batch then fails and is retried after a pause
 */
export async function untilWon(what: string, attempt: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + LIMIT_MS
  for (let i = 0; i < MAX_ATTEMPTS && performance.now() < endMs; i++) if (await attempt()) return
  throw new StoreError('unknown', `${what} could not be saved in ${MAX_ATTEMPTS} attempts or ${LIMIT_MS} ms`)
}

/** A write with an unknown outcome counts as lost: only another read shows whether it was done. */
export async function wonOrUnknown(write: Promise<boolean>): Promise<boolean> {
  try {
    return await write
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unknown') return false
    throw error
  }
}
