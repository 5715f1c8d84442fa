/** A route as a router has it: `GET`, `/v1/bookings/:id`. Middleware stands under `ALL`. */
interface Route {
  method: string
  path: string
}

/** What may be done to a path, for `Allow`; nothing if there is no such path. Whoever may GET may ask for the HEAD of it. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const asked = path.split('/')
  const methods = routes
    .filter((route) => route.method !== 'ALL' && isAt(route.path.split('/'), asked))
    .map(({ method }) => method)
  if (methods.length === 0) return []
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort()
}

const isAt = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length &&
  pattern.every((part, i) => (part.startsWith(':') ? path[i] !== '' : part === path[i]))
