import { type Bounds, LogError } from './log.ts'

export function checkGroup(group: string): void {
  if (group === '') throw new LogError('invalid', 'the name of a group must not be empty')
}

/** Checks the offsets for a group. Every driver calls it first. */
export function checkOffsets(
  group: string,
  topic: string,
  offsets: readonly number[],
  bounds: readonly Bounds[],
): void {
  checkGroup(group)
  if (offsets.length !== bounds.length) {
    const count = `${topic} has ${bounds.length} partitions`
    throw new LogError('invalid', `${count}: give one offset per partition, not ${offsets.length}`)
  }
  for (const { partition, first, end } of bounds) {
    const offset = offsets[partition]!
    if (Number.isSafeInteger(offset) && offset >= first && offset <= end) continue
    const range = `${topic}/${partition} has offsets ${first} to ${end}`
    throw new LogError('out_of_range', `${range}; offset ${offset} is out of range`)
  }
}

export const groupIsActive = (group: string, options?: ErrorOptions): LogError =>
  new LogError('active', `group ${group} has members: stop them before you set its offsets`, options)
