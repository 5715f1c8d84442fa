/** A route as the router lists it: `GET`, `/v1/bookings/:id`. Middleware has the method `ALL`. */
interface Route {
  method: string
  path: string
}

/** The methods of a path, for the Allow header; empty if no route has this path. GET implies HEAD. */
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
