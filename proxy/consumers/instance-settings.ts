import type { Context } from 'hono'
import type { InstanceSettings } from './instance.ts'
import { badRequest } from '../http/errors.ts'

const DEFAULT_AUTO_COMMIT_MS = 5000

/** From the headers of the request; they count in the one that makes the instance, and are checked in all. */
export function settingsOf(c: Context): InstanceSettings {
  return {
    autoCommit: choice(c, 'Kafka-Enable-Auto-Commit', ['true', 'false'] as const) === 'true',
    autoCommitMs: headerMs(c, 'Kafka-Auto-Commit-Interval', DEFAULT_AUTO_COMMIT_MS),
    reset: choice(c, 'Kafka-Auto-Offset-Reset', ['latest', 'earliest', 'none'] as const),
    idleMs: c.req.header('Kafka-Session-Timeout-Ms') ? headerMs(c, 'Kafka-Session-Timeout-Ms', 0) : undefined,
  }
}

/** One of the values; the first if the header is absent. */
function choice<T extends string>(c: Context, name: string, values: readonly [T, ...T[]]): T {
  const text = c.req.header(name)?.toLowerCase() ?? values[0]
  const value = values.find((each) => each === text)
  if (value === undefined) throw badRequest(`${name} is ${values.join(' or ')}, not ${text}`)
  return value
}

function headerMs(c: Context, name: string, defaultMs: number): number {
  const text = c.req.header(name) ?? String(defaultMs)
  if (!/^[1-9]\d{0,8}$/.test(text)) throw badRequest(`${name} is a number of milliseconds, not ${text}`)
  return Number(text)
}
