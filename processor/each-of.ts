/**
 * Does the work for each item, up to `atOnce` at a time. Ends when all begun work has ended, so that a retried batch never runs
 * beside the rest of its last attempt. After an error no more work is begun.
 */
export async function eachOf<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  // The workers share one iterator, so each item is taken once.
  const left = [...items].values()
  let failed = false
  const take = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return
      await work(item).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, take))
  const lost = settled.find((result) => result.status === 'rejected')
  if (lost) throw lost.reason
}
