import { StoreError } from '#store/store.ts'

const MAX_ATTEMPTS = 20

/**
 * Reads, changes and writes by compare-and-set until it is won. Losing means that somebody else has made progress; losing too
 * often in a row is left to the pause with which a failed batch comes again.
 * @param attempt one reading and writing; false if it was lost or nobody knows
 */
export async function untilWon(what: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < MAX_ATTEMPTS; i++) if (await attempt()) return
  throw new StoreError('unknown', `${what} could not be saved in ${MAX_ATTEMPTS} attempts`)
}

/** A write of which nobody knows whether it was done counts as lost: only reading again tells. */
export async function wonOrUnknown(write: Promise<boolean>): Promise<boolean> {
  try {
    return await write
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unknown') return false
    throw error
  }
}
