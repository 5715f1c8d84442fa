export const mean = (samples: readonly number[]): number => samples.reduce((sum, one) => sum + one, 0) / samples.length

/** Returns the duration of the work in seconds. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Runs the work several times in sequence and returns each duration in milliseconds. */
export async function eachMs(times: number, work: (i: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < times; i++) took.push((await secondsOf(() => work(i))) * 1000)
  return took
}

/** Resolves when the condition is true. Rejects with the name of the condition after the limit. */
export async function until(what: string, holds: () => Promise<boolean>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`timed out after ${limitMs / 1000} s while waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
