import { createLocalJWKSet, createRemoteJWKSet } from 'jose'
import { z } from 'zod'
import { PublicKeys } from '#domain/token.ts'
import { TOPICS } from '#domain/topics.ts'
import type { TokenSource } from './authenticate.ts'
import type { CommandLogOptions } from './command-log.ts'

/** With commas between. */
const Origins = z.string().transform((text) =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter(Boolean),
)

/** Where the documents' web page runs in development. */
const DEV_ORIGINS = ['http://localhost:5173']

const Environment = z.object({
  PROFILE: z.enum(['dev', 'production']).default('production'),
  EDGE_PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  UPSTASH_KAFKA_REST_URL: z.url('is missing: where the proxy is'),
  UPSTASH_KAFKA_REST_USERNAME: z.string('is missing: the name for the proxy').min(1),
  UPSTASH_KAFKA_REST_PASSWORD: z.string('is missing: the password for the proxy').min(1),
  KAFKA_REQUEST_TOPIC: z.string().min(1).default(TOPICS.requests),
  QUERY_URL: z.url('is missing: where the query API is'),
  JWT_ISSUER: z.string('is missing: who makes the tokens (iss)').min(1),
  JWT_AUDIENCE: z.string('is missing: for whom the tokens are made (aud)').min(1),
  JWT_JWKS: PublicKeys.optional(),
  JWT_JWKS_URL: z.url().optional(),
  ALLOW_PAST_DATES: z.stringbool().optional(),
  CORS_ORIGINS: Origins.optional(),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).default(12_000),
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

/** Reads the environment, or a worker's bindings; throws one error that names every problem at once. */
export function readEdgeConfig(env: Record<string, string | undefined>): EdgeConfig {
  const { data, error } = Environment.safeParse(env)
  const problems = (error?.issues ?? []).map(({ path, message }) => `  ${path.join('.')} ${message}`)
  if (!env['JWT_JWKS'] && !env['JWT_JWKS_URL']) problems.push('  JWT_JWKS or JWT_JWKS_URL is missing: the public keys')
  if (!data || problems.length > 0) {
    throw new Error(`The edge cannot start with this environment:\n${problems.join('\n')}`)
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
  keys ? createLocalJWKSet(keys) : createRemoteJWKSet(new URL(url!))
