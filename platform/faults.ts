import type { z } from 'zod'
import type { Fault } from './problems.ts'

/** Faults of a request as sentences: each begins with the field's name and says what is expected. */

/** @param what continues the sentence after the name: "must be at most 4" */
export const faultAt = (pointer: string, what: string, name = pointer.replace(/^\//, '')): Fault => ({
  pointer,
  detail: `${name} ${what}.`,
})

/** An unknown field gets a fault of its own, instead of one for the object that contains it. */
export function faultsIn(
  { issues }: { issues: readonly z.core.$ZodIssue[] },
  pointerTo: (path: readonly PropertyKey[]) => string,
): Fault[] {
  const at = (path: readonly PropertyKey[], what: string) => faultAt(pointerTo(path), what, nameOf(path))
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => at([...issue.path, key], 'is not a known field'))
      : [at(issue.path, issue.message)],
  )
}

const nameOf = (path: readonly PropertyKey[]): string => {
  if (path.length === 0) return 'The body'
  return path.map(String).join('.') || 'The field without a name'
}

/** An error map for `safeParse`: says what is expected where the schema has no message of its own. */
export const expectation: z.core.$ZodErrorMap = (issue) => {
  const expected = expectedBy(issue)
  if (expected === undefined) return undefined
  if (issue.input === undefined) return `is missing: it must be ${expected}`
  return issue.code === 'invalid_type' ? `must be ${expected}${butIs(issue.input)}` : `must be ${expected}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date such as 2030-12-01',
  datetime: 'an instant such as 2030-12-01T10:00:00.000Z',
}

/** The expected format of a text that is missing or not a text. */
function formatOf(schema: z.core.$ZodRawIssue['inst']): string | undefined {
  const def: object = schema?._zod.def ?? {}
  return 'format' in def ? FORMATS[String(def.format)] : undefined
}

function expectedBy(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return formatOf(issue.inst) ?? TYPES[issue.expected]
    case 'invalid_format':
      return FORMATS[issue.format]
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'text that is not empty'
      return `${issue.inclusive ? 'at least' : 'more than'} ${counted(issue.minimum, issue.origin)}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${counted(issue.maximum, issue.origin)}`
    default:
      return undefined
  }
}

const counted = (limit: number | bigint, origin: string): string => {
  if (origin === 'string') return `${limit} characters`
  return origin === 'array' ? `${limit} long` : String(limit)
}

/** From so many digits on, a number may be that of a card, which no response repeats. */
const CARD_NUMBER = 10 ** 11

/** The received value, in brief. NaN is a query parameter that is not a number, which the expectation already says. */
function butIs(input: unknown): string {
  if (Number.isNaN(input)) return ''
  if (typeof input === 'number') return `, not ${Math.abs(input) < CARD_NUMBER ? input : 'a number'}`
  if (input === null || typeof input === 'boolean') return `, not ${input}`
  if (Array.isArray(input)) return ', not a list'
  return typeof input === 'string' ? ', not text' : ', not an object'
}
