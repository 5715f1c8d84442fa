/**
 * Does the work for each, so many at once. Ends only when all that was begun has ended: a batch must not begin again beside its
 * own stragglers. After an error no more is begun.
 */
export async function eachOf<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  // All take from one iterator: nobody gets what another has.
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
