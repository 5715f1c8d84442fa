import { faultAt } from './faults.ts'
import { ProblemError, PROBLEMS } from './problems.ts'

/**
 * What is wrong with the names of a query: a parameter that the route does not have, which would have no effect, or one that
 * is given twice. Each fault continues a sentence after the name.
 */
export function queryFaults(url: string, known: readonly string[]): { name: string; what: string }[] {
  const start = url.indexOf('?')
  if (start < 0) return []
  const given = [...new URLSearchParams(url.slice(start)).keys()]
  return [...new Set(given)].flatMap((name) => {
    if (!known.includes(name)) return [{ name, what: 'is not a known parameter' }]
    return given.indexOf(name) === given.lastIndexOf(name) ? [] : [{ name, what: 'must be given once' }]
  })
}

/** @throws ProblemError `invalid_request`, which names each fault */
export function checkQuery(url: string, known: readonly string[]): void {
  const errors = queryFaults(url, known).map(({ name, what }) =>
    faultAt(name, what, name || 'A parameter without a name'),
  )
  if (errors.length > 0) throw new ProblemError(PROBLEMS.invalid_request, { errors })
}
