/** A route as the router lists it: `GET`, `/v1/bookings/:id`. Middleware has the method `ALL`. */
interface Route {
  method: string
  path: string
}

/** The methods of a path, for the Allow header; empty if no route has this path. GET implies HEAD. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const methods = routes.filter((route) => route.method !== 'ALL' && isAt(route.path, path)).map(({ method }) => method)
  if (methods.length === 0) return []
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort()
}

/** Whether a path fits a pattern of the router. `:id` is one segment; `:message{…}` at the end is all segments that follow. */
export function isAt(pattern: string, path: string): boolean {
  const [parts, segments] = [pattern.split('/'), path.split('/')]
  const isOpen = parts.at(-1)!.endsWith('}')
  return (
    (isOpen ? parts.length <= segments.length : parts.length === segments.length) &&
    parts.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  )
}
