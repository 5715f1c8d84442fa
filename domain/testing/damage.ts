export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** For tests only. The keys and indexes that lead to a part of a JSON value. */
type Path = (string | number)[]

export function pathsOf(value: Json): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [[name], ...pathsOf(inner).map((path) => [name, ...path])])
}

/** A copy of the value whose part at `path` is replaced, or removed if there is no replacement. */
export function damaged(value: Json, [name, ...rest]: Path, replacement?: Json): Json {
  const copy = structuredClone(value) as { [name: string]: Json }
  if (rest.length > 0) copy[name!] = damaged(copy[name!]!, rest, replacement)
  else if (replacement === undefined) delete copy[name!]
  else copy[name!] = replacement
  return copy
}

/** Returns the result of an action, or `thrown` if it throws. */
export function attempt<T>(action: () => T): T | 'thrown' {
  try {
    return action()
  } catch {
    return 'thrown'
  }
}
