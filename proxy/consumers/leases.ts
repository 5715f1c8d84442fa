import type { Position } from '#log/log.ts'
import { pause } from '#platform/deadline.ts'
import { HttpError, unavailable } from '../http/errors.ts'
import type { Membership } from './membership.ts'

/** How long a commit waits for a partition that is still being assigned. */
const JOIN_WAIT_MS = 10_000

/**
 * Waits until a member holds the lease of a partition. The log grants it with the first message of an assignment: a member
 * that is still joining has none yet, and a partition without a next message never gets one.
 * @returns false if the position is committed already and no lease is needed
 */
export async function waitForLease(membership: Membership, position: Position): Promise<boolean> {
  const { topic, partition } = position
  const until = performance.now() + JOIN_WAIT_MS
  while (membership.progress.lease(topic, partition) === undefined) {
    if (membership.ended || isElsewhere(membership, topic, partition)) {
      throw new HttpError(409, `${topic}/${partition} is not assigned to this instance`)
    }
    const { change } = membership
    if (membership.owned.length > 0 && (await isCommitted(membership, position))) return false
    const leftMs = until - performance.now()
    if (leftMs <= 0) throw unavailable(`no message of ${topic}/${partition} has arrived yet; retry later`)
    await pause(leftMs, change)
  }
  return true
}

/** Rejects with 409 if the partition has no next message, because then no lease will come. */
async function isCommitted(membership: Membership, { topic, partition, offset }: Position): Promise<boolean> {
  const { log, group } = membership.options
  const [committed, bounds] = await Promise.all([log.committed(group, topic), log.bounds(topic)])
  const next = committed[partition]!
  if (next === offset) return true
  const { first, end } = bounds[partition]!
  const start = next === -1 ? ((await membership.startOffsets).get(topic)?.[partition] ?? first) : next
  if (start < end) return false
  throw new HttpError(409, `nothing to commit: this instance has received no message of ${topic}/${partition}`)
}

/** An empty assignment may mean that the member is still joining. */
function isElsewhere({ options, owned }: Membership, topic: string, partition: number): boolean {
  if (!options.topics.includes(topic)) return true
  return owned.length > 0 && !owned.some((own) => own.topic === topic && own.partition === partition)
}
