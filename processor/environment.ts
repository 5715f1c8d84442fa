/** How settings are read: what one of them must be is said in a sentence that begins with its name. */
import { z } from 'zod'
import { ROLES } from './processor.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** An empty value, as a line in `.env` or a composed file may have it, is none. */
export const given = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]))

/** Throws one error that names every problem at once: those of the schema, and those between several settings. */
export function readSettings<T extends z.ZodObject>(
  who: string,
  schema: T,
  env: Environment,
  between: readonly string[],
): z.infer<T> {
  const { data, error } = schema.safeParse(given(env))
  const said = new Map((error?.issues ?? []).map(({ path, message }) => [String(path[0]), message]))
  const problems = [...[...said].map(([name, message]) => `${name} ${message}`), ...between]
  if (data && problems.length === 0) return data
  throw new Error(`${who} cannot start with this environment:\n${problems.map((one) => `  ${one}`).join('\n')}`)
}

export const whole = (what: string, fallback: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) <= most, {
      error: ({ input }) => `must be ${what}, not ${String(input)}`,
    })
    .transform(Number)
    .default(fallback)

export const port = (fallback: number) => whole('a port, from 0 (any that is free) to 65535', fallback, 65_535)

export const truth = (fallback: boolean) => z.stringbool('must be true or false').default(fallback)

export const topicName = z
  .string()
  .regex(/^[\w.-]{1,200}$/, 'must name a topic: letters, digits, dots, underscores and hyphens')
  .default('booking-requests')

const Role = z.enum(ROLES, `must be "all", "none", or some of ${ROLES.join(', ')}, with commas between`)

export const roles = z
  .string()
  .default('all')
  .transform((text) =>
    text === 'all' ? [...ROLES] : text === 'none' ? [] : text.split(',').map((role) => role.trim()),
  )
  .pipe(z.array(Role))
