/**
 * Runs `work` for each item, at most `atOnce` at a time. Starts no more work after an error. Settles when all started work has
 * ended, so that a retried batch never runs beside its previous attempt.
 */
export async function eachOf<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  // The workers share one iterator, so each item is taken once.
  const remaining = [...items].values()
  let failed = false
  const take = async (): Promise<void> => {
    for (const item of remaining) {
      if (failed) return
      await work(item).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, take))
  const rejected = settled.find((result) => result.status === 'rejected')
  if (rejected) throw rejected.reason
}
