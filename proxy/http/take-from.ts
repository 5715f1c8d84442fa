import type { Budget, Taken } from '#platform/budget.ts'
import { overLimit } from './errors.ts'

/**
 * As `platform/take-from.ts`, with the errors of the format.
 * @param what what the budget counts, in the plural
 * @throws HttpError 429 when the account holds its share, 503 when nothing is left
 */
export function takeFrom(budget: Budget, username: string, what: string, amount = 1): Taken {
  const taken = budget.take(username, amount)
  if ('refused' in taken) throw overLimit(taken.refused, what)
  return taken
}
