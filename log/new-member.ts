import { LogError, MAX_BATCH, MAX_SEND, type RunOptions } from './log.ts'

/** Checks the options of a member. Every driver calls it first. */
export function checkRun({ group, topics, maxBatch = MAX_SEND }: RunOptions): void {
  if (group === '') throw new LogError('invalid', 'the name of a group must not be empty')
  if (topics.length === 0) throw new LogError('invalid', 'a member must name at least one topic')
  const inRange = Number.isInteger(maxBatch) && maxBatch > 0 && maxBatch <= MAX_BATCH
  if (!inRange) throw new LogError('invalid', `maxBatch must be a whole number from 1 to ${MAX_BATCH}`)
}
