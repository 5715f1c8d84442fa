import { Id } from '#domain/ids.ts'
import { type ProblemCode, ProblemError } from '#domain/problems.ts'
import type { Doc } from '#store/store.ts'
import { absenceOf } from './absence.ts'
import type { QueryDeps } from './deps.ts'

/** How long something is looked for that may be on its way: its request was perhaps acknowledged a moment ago. */
const ON_ITS_WAY_MS = 1_000

const ABSENT = Symbol('absent')

/**
 * A view by id; the problem if it is proven not to exist, `not_yet_visible` if nobody can know yet. So `Location` works at once,
 * and what never existed is not waited for.
 * @param elsewhere where to look for what has no such id
 */
export async function find<T extends Doc>(
  deps: QueryDeps,
  collection: string,
  id: string,
  unknown: ProblemCode,
  elsewhere?: () => Promise<T | undefined>,
): Promise<T> {
  if (!Id.safeParse(id).success) throw new ProblemError(unknown)
  const look = async (): Promise<T | undefined> => (await deps.store.get<T>(collection, id)) ?? elsewhere?.()
  let isAbsent: (() => Promise<boolean>) | undefined
  const found = await deps.waiters.until(id, ON_ITS_WAY_MS, async () => {
    const there = await look()
    // What is there needs no log to be read.
    if (there !== undefined) return there
    isAbsent ??= await absenceOf(deps)
    const absent = await isAbsent()
    // Once more: what has come in between is found.
    return (await look()) ?? (absent ? ABSENT : undefined)
  })
  if (found === undefined) throw new ProblemError('not_yet_visible')
  if (found === ABSENT) throw new ProblemError(unknown)
  return found
}
