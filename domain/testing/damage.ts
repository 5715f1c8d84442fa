export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** For tests only. Where in a JSON value something lies. */
type Path = (string | number)[]

export function pathsOf(value: Json): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [[name], ...pathsOf(inner).map((path) => [name, ...path])])
}

/** A copy of the value in which what lies there is something else, or missing. */
export function damaged(value: Json, [name, ...rest]: Path, instead?: Json): Json {
  const copy = structuredClone(value) as { [name: string]: Json }
  if (rest.length > 0) copy[name!] = damaged(copy[name!]!, rest, instead)
  else if (instead === undefined) delete copy[name!]
  else copy[name!] = instead
  return copy
}

/** What an action returns, unless it throws. */
export function attempt<T>(action: () => T): T | 'thrown' {
  try {
    return action()
  } catch {
    return 'thrown'
  }
}
