import type { Context } from 'hono'
import { badRequest } from '../http/errors.ts'
import type { OffsetReset } from './start-offsets.ts'

/** Fixed by the request that creates the instance. */
export interface InstanceSettings {
  autoCommit: boolean
  autoCommitMs: number
  reset: OffsetReset
  /** Replaces the proxy's idle timeout if the client sets it. */
  idleMs: number | undefined
}

export const DEFAULT_AUTO_COMMIT_MS = 5000

/**
 * Reads the headers of a request. Every request is checked; only the one that creates the instance has an effect.
 * @param maxMs what a client may set
 */
export function instanceSettingsOf(c: Context, maxMs: number): InstanceSettings {
  const msHeader = (name: string): number | undefined => {
    const text = c.req.header(name)
    if (text === undefined || text === '') return undefined
    if (!/^[1-9]\d*$/.test(text)) throw badRequest(`${name} must be a number of milliseconds, not ${text}`)
    if (Number(text) <= maxMs) return Number(text)
    throw badRequest(`${name} must be at most ${maxMs} milliseconds, not ${text}`)
  }
  return {
    autoCommit: enumHeader(c, 'Kafka-Enable-Auto-Commit', ['true', 'false'] as const) === 'true',
    autoCommitMs: msHeader('Kafka-Auto-Commit-Interval') ?? DEFAULT_AUTO_COMMIT_MS,
    reset: enumHeader(c, 'Kafka-Auto-Offset-Reset', ['latest', 'earliest', 'none'] as const),
    idleMs: msHeader('Kafka-Session-Timeout-Ms'),
  }
}

/** One of the values; the first if the header is absent. */
function enumHeader<T extends string>(c: Context, name: string, values: readonly [T, ...T[]]): T {
  const text = c.req.header(name)?.toLowerCase() ?? values[0]
  const value = values.find((value) => value === text)
  if (value === undefined) throw badRequest(`${name} must be ${values.join(' or ')}, not ${text}`)
  return value
}
