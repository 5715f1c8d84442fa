import type { Budget } from './budget.ts'
import { ProblemError, PROBLEMS } from './problems.ts'

/**
 * Takes from a budget for a request.
 * @param what what the budget counts, in the plural, for the problem's detail
 * @returns gives it back; may be called again
 * @throws ProblemError `too_many_requests` when the principal holds its share, `overloaded` when nothing is left
 */
export function takeFrom(budget: Budget, principal: string, what: string, amount = 1): () => void {
  const result = budget.take(principal, amount)
  if ('release' in result) return result.release
  if (result.refused === 'total')
    throw new ProblemError(PROBLEMS.overloaded, { detail: `No more ${what} are accepted.` })
  throw new ProblemError(PROBLEMS.too_many_requests, { detail: `You have too many ${what} under way.` })
}
