/**
 * Settings of a process: one zod schema of its environment, checked once at start, with every problem named at once.
 * A worker's bindings may be numbers where an environment has text. A new setting is a line in the `config.ts` of its process and in
 * `.env.example`; of a process that `npm start` runs, also in `scripts/system/config.ts`. A shared default is in `defaults.mjs`.
 */
import { z } from 'zod'
import { DEV_DEFAULTS, TRIAL_COMMAND_SECRET } from './defaults.mjs'

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
  const problems = [...new Set(invalid), ...publicSecretProblems(schema, env), ...between]
  if (data && problems.length === 0) return data
  throw new Error(
    `${name} cannot start with this environment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  )
}

/** Of the dev profile, `docker-compose.yml` and `k8s/trial`: published with the code, so they protect nothing. */
const PUBLIC_SECRETS: Readonly<Record<string, RegExp>> = {
  UPSTASH_KAFKA_REST_PASSWORD: new RegExp(`^${DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD}$`),
  PROXY_USERS: new RegExp(`"password"\\s*:\\s*"${DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD}"`),
  KAFKA_SASL_PASSWORD: new RegExp(`^${DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD}$`),
  MONGODB_URI: new RegExp(`:${DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD}@`),
  COMMAND_KEYS: new RegExp(`:${TRIAL_COMMAND_SECRET}`),
}

const publicSecretProblems = ({ shape }: z.ZodObject, env: Environment): string[] => {
  if (z.safeParse(shape['PROFILE'] ?? profile, env['PROFILE'] || undefined).data !== 'production') return []
  const found = Object.entries(PUBLIC_SECRETS).flatMap(([name, secret]) => [
    ...(name in shape && secret.test(env[name] ?? '') ? [name] : []),
    ...(secret.test(textOfFile(shape[`${name}_FILE`], env[`${name}_FILE`])) ? [`${name}_FILE`] : []),
  ])
  return found.map((name) => `${name} contains a publicly known secret of trials; set your own`)
}

/** What the schema of a `…_FILE` reads. */
const textOfFile = (schema: z.core.$ZodType | undefined, path: string | undefined): string => {
  const data = schema && path ? z.safeParse(schema, path).data : ''
  return typeof data === 'string' ? data : JSON.stringify(data ?? '')
}

/** @param what is missing, after the colon of the message */
export const text = (what: string) =>
  z.string(`is missing: ${what}`).regex(/^\S(?:[^]*\S)?$/, 'must not begin or end with blanks')

/** Part of the credentials of HTTP Basic, which not every client encodes alike beyond ASCII. */
const credential = (what: string) =>
  z.string(`is missing: ${what}`).regex(/^[\x20-\x7e]+$/, 'must be printable ASCII characters')

export const password = credential

/** The name ends at the first colon. */
export const username = (what: string) =>
  credential(what).refine((name) => !name.includes(':'), 'must not contain a colon')

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
  z
    .url({
      protocol: /^https?$/,
      error: ({ input }) =>
        input === undefined ? `is missing: the URL of ${what}` : `must be the URL of ${what}, such as http://host:port`,
    })
    .refine(hasNoCredentials, 'must not contain a username or password')

/** The URL of a server, to which paths are appended; without a slash at its end. */
export const baseUrl = (what: string) =>
  url(what)
    .refine((text) => !/[?#]/.test(text), 'must not contain ? or #, because paths are appended to it')
    .transform((text) => text.replace(/\/+$/, ''))

/** `fetch` refuses a URL with credentials. */
const hasNoCredentials = (text: string): boolean => !/^\w+:\/\/[^/?#]*@/.test(text)

/** Kafka refuses the names of the file system's folders, and keeps those with two underscores for itself. */
const TOPIC_NAME = /^(?!__|\.{1,2}$)[\w.-]{1,200}$/

export const topicName = z
  .string()
  .regex(
    TOPIC_NAME,
    'must be a topic name: up to 200 letters, digits, dots, underscores and hyphens, not . or .. and not beginning with __',
  )

/** Values with commas between them. */
export const list = z.string().transform((values) =>
  values
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean),
)

/** The origin as a browser sends it: in lower case, without a default port or a slash. Undefined for more or less than that. */
function originIn(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@]+\/?$/i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text).origin
}

/** Origins of web pages, as a browser sends them. */
export const origins = list.transform((values, context) =>
  values.map((value) => {
    const origin = originIn(value)
    if (origin !== undefined) return origin
    context.addIssue(`has ${value}, which is not an origin; write scheme://host, such as http://localhost:5173`)
    return z.NEVER
  }),
)

export const profile = z.enum(['dev', 'production'], 'must be dev or production').default('production')

/** The addresses that a process listens on: those of this computer alone, every IPv4 address, or every address. */
export type ListenHost = 'localhost' | '0.0.0.0' | '::'

/** The default in the dev profile. */
export const LOCALHOST = 'localhost' satisfies ListenHost

export const listenHost = z
  .enum(
    [LOCALHOST, '0.0.0.0', '::'],
    'must be localhost (only this computer), 0.0.0.0 (every IPv4 address) or :: (every address)',
  )
  .optional()

/** @returns undefined for every address, which is the default in production */
export const listenHostIn = (data: {
  PROFILE: z.infer<typeof profile>
  LISTEN_HOST?: ListenHost | undefined
}): ListenHost | undefined => data.LISTEN_HOST ?? (data.PROFILE === 'dev' ? LOCALHOST : undefined)
