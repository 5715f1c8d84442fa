/**
 * Makes a value at the first call and keeps it. Calls that come before it is made make it too: a worker drops the work of a request
 * whose client has left, and would then never answer the others. A failure is not kept.
 */
export function madeOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: { value: T } | undefined
  return async () => (made ??= { value: await make() }).value
}
