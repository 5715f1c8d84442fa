/**
 * Settings of a process: one zod schema of its environment, checked once at start, with every problem named at once.
 * A worker's bindings may be numbers where an environment has text. A new setting is a line in the `config.ts` of its process and in
 * `.env.example`; of a process that `npm start` runs, also in `scripts/system/config.ts`.
 */
import { z } from 'zod'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables that are set. An empty value, as `.env` or a composed file may have it, counts as not set. */
export const given = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => ![undefined, ''].includes(entry[1])),
  )

/**
 * @param name of the process, for the error
 * @param between problems that lie between several settings, each a sentence that begins with a setting's name
 * @throws Error one line for each problem
 */
export function readSettings<T extends z.ZodObject>(
  name: string,
  schema: T,
  env: Environment,
  between: readonly string[] = [],
): z.infer<T> {
  const { data, error } = schema.safeParse(given(env))
  const invalid = (error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`)
  const problems = [...new Set(invalid), ...between]
  if (data && problems.length === 0) return data
  throw new Error(
    `${name} cannot start with this environment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}

/** @param what is missing, after the colon of the message */
export const text = (what: string) => z.string(`is missing: ${what}`)

/** @param what the setting must be, for the message */
export const integer = (min: number, max: number, what = `a whole number from ${min} to ${max}`) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const number = /^\d{1,15}$/.test(String(value)) ? Number(value) : NaN
    if (number >= min && number <= max) return number
    context.addIssue(`must be ${what}, not ${value}`)
    return z.NEVER
  })

export const port = integer(0, 65_535, 'a port from 0 (any free port) to 65535')

export const flag = z.stringbool('must be true or false')

/** @param what the URL leads to */
export const url = (what: string) =>
  z.url({
    protocol: /^https?$/,
    error: ({ input }) =>
      input === undefined ? `is missing: the URL of ${what}` : `must be the URL of ${what}, such as http://host:port`,
  })

export const topicName = z
  .string()
  .regex(/^[\w.-]{1,200}$/, 'must be a topic name of letters, digits, dots, underscores and hyphens')

/** Values with commas between them. */
export const list = z.string().transform((values) =>
  values
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean),
)

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** Origins of web pages, as a browser sends them. */
export const origins = list.transform((values, context) => {
  for (const value of values.filter((value) => !isOrigin(value)))
    context.addIssue(`has ${value}, which is not an origin; write scheme://host, such as http://localhost:5173`)
  return values
})

export const profile = z.enum(['dev', 'production'], 'must be dev or production').default('production')
