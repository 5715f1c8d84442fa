/** A question under way is asked again after this time: Workers drop the work of a request whose client has left. */
const LOST_MS = 10_000

/**
 * Shares the answers to a question: an answer serves everyone who asks within `ms` of its question, and while it is under way. An
 * error is shared as an answer is.
 */
export function fresh<T>(
  ms: number,
  ask: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let answer: Promise<T> | undefined
  let askedAt = 0
  let isUnderWay = false
  return () => {
    if (answer !== undefined && now() <= askedAt + (isUnderWay ? Math.max(ms, LOST_MS) : ms)) return answer
    askedAt = now()
    isUnderWay = true
    answer = ask().finally(() => (isUnderWay = false))
    return answer
  }
}
