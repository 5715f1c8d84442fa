import { z } from 'zod'
import { KeySetText, localKeys, remoteKeys, type TokenSource } from '#platform/tokens.ts'
import { TOPICS } from '#domain/topics.ts'
import type { CommandLogOptions } from './commands/command-log.ts'

/** With commas between. */
const Origins = z.string().transform((text) =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter(Boolean),
)

/** Where the documents' web page runs in development. */
const DEV_ORIGINS = ['http://localhost:5173']

/** A worker's binding may be a number. */
const whole = (what: string, most: number, usual: number) =>
  z
    .union([z.string(), z.number()], `must be ${what}`)
    .transform(String)
    .refine((text) => /^\d{1,12}$/.test(text) && Number(text) <= most, `must be ${what}`)
    .transform(Number)
    .default(usual)

/** @param what is there, after "where" */
const address = (what: string) =>
  z.url({
    protocol: /^https?$/,
    error: ({ input }) =>
      `${input === undefined ? 'is missing' : 'must be a URL such as http://host:port'}: where ${what}`,
  })

const Environment = z.object({
  PROFILE: z.enum(['dev', 'production'], 'must be dev or production').default('production'),
  EDGE_PORT: whole('a port, from 0 (any that is free) to 65535', 65_535, 8787),
  UPSTASH_KAFKA_REST_URL: address('the proxy is'),
  UPSTASH_KAFKA_REST_USERNAME: z.string('is missing: the name for the proxy'),
  UPSTASH_KAFKA_REST_PASSWORD: z.string('is missing: the password for the proxy'),
  KAFKA_REQUEST_TOPIC: z
    .string()
    .regex(/^[\w.-]{1,200}$/, 'must name a topic: letters, digits, dots, underscores and hyphens')
    .default(TOPICS.requests),
  QUERY_URL: address('the query API is'),
  JWT_ISSUER: z.string('is missing: who makes the tokens (iss)'),
  JWT_AUDIENCE: z.string('is missing: for whom the tokens are made (aud)'),
  JWT_JWKS: KeySetText.optional(),
  JWT_JWKS_URL: address('the public keys are').optional(),
  ALLOW_PAST_DATES: z.stringbool('must be true or false').optional(),
  CORS_ORIGINS: Origins.optional(),
  RATE_LIMIT_PER_MINUTE: whole('a number of requests, 0 for as many as they like', 999_999_999, 12_000),
})

/** The names of all that it reads, for runtimes in which each is to be allowed. */
export const EDGE_VARIABLES: readonly string[] = Object.keys(Environment.shape)

export interface EdgeConfig {
  port: number
  proxy: CommandLogOptions
  queryUrl: string
  tokens: TokenSource
  allowPastDates: boolean
  origins: string[]
  requestsPerMinute: number
}

/** Reads the environment, or a worker's bindings; throws one error that names every problem at once. What is empty is not set. */
export function readEdgeConfig(env: Record<string, string | undefined>): EdgeConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text !== ''))
  const { data, error } = Environment.safeParse(given)
  const problems = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`)
  if (!given['JWT_JWKS'] && !given['JWT_JWKS_URL']) {
    problems.push('JWT_JWKS or JWT_JWKS_URL is missing: the public keys')
  }
  if (!data || problems.length > 0) {
    throw new Error(
      `The edge cannot start with this environment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    )
  }
  return {
    port: data.EDGE_PORT,
    proxy: {
      url: data.UPSTASH_KAFKA_REST_URL,
      username: data.UPSTASH_KAFKA_REST_USERNAME,
      password: data.UPSTASH_KAFKA_REST_PASSWORD,
      topic: data.KAFKA_REQUEST_TOPIC,
    },
    queryUrl: data.QUERY_URL.replace(/\/$/, ''),
    tokens: { keys: keysIn(data), issuer: data.JWT_ISSUER, audience: data.JWT_AUDIENCE },
    allowPastDates: data.ALLOW_PAST_DATES ?? data.PROFILE === 'dev',
    origins: data.CORS_ORIGINS ?? (data.PROFILE === 'dev' ? DEV_ORIGINS : []),
    requestsPerMinute: data.RATE_LIMIT_PER_MINUTE,
  }
}

const keysIn = ({ JWT_JWKS: keys, JWT_JWKS_URL: url }: z.infer<typeof Environment>): TokenSource['keys'] =>
  keys ? localKeys(keys) : remoteKeys(url!)
