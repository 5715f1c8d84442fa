import { LogError, MAX_BATCH, MAX_SEND, type RunOptions } from './log.ts'

/** Checks how a member wants to join. Every driver starts here. */
export function checkRun({ group, topics, maxBatch = MAX_SEND }: RunOptions): void {
  if (group === '') throw new LogError('invalid', 'a group needs a name')
  if (topics.length === 0) throw new LogError('invalid', 'a member needs at least one topic')
  const inRange = Number.isInteger(maxBatch) && maxBatch > 0 && maxBatch <= MAX_BATCH
  if (!inRange) throw new LogError('invalid', `maxBatch is a number from 1 to ${MAX_BATCH}`)
}
