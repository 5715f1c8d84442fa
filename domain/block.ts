import { z } from 'zod'
import { CivilDate, daysBetween } from './civil.ts'
import { Id } from './ids.ts'

/** Most days of one block: two years. */
const MAX_BLOCK_DAYS = 731

const span = {
  from: CivilDate.describe('The first day.'),
  to: CivilDate.describe('The day after the last one.'),
}

const isSpan = ({ from, to }: { from: CivilDate; to: CivilDate }): boolean => {
  const days = daysBetween(from, to)
  return days >= 1 && days <= MAX_BLOCK_DAYS
}
const NO_SPAN = { error: `must be 1 to ${MAX_BLOCK_DAYS} days after from`, path: ['to'] }

/** Days on which nothing of a listing can be booked. */
export const BlockSpan = z.strictObject(span).refine(isSpan, NO_SPAN)
export const Block = z.strictObject({ id: Id, ...span }).refine(isSpan, NO_SPAN)
export type Block = z.infer<typeof Block>
