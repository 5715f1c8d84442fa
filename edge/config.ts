import { z } from 'zod'
import { DEFAULTS, DEV_DEFAULTS } from '#platform/defaults.mjs'
import {
  type Environment,
  baseUrl,
  flag,
  integer,
  listenHost,
  type ListenHost,
  listenHostIn,
  origins,
  password,
  port,
  profile,
  readSettings,
  text,
  topicName,
  username,
} from '#platform/settings.ts'
import { SigningKeysText } from '#platform/signature.ts'
import { TOKEN_SETTINGS, tokenProblems, tokenSourceOf } from '#platform/token-settings.ts'
import type { TokenSource } from '#platform/tokens.ts'
import { topicProblems, TOPICS } from '#domain/topics.ts'
import type { CommandLogOptions } from './commands/command-log.ts'

/** Requests per minute and principal. */
export const rateLimit = integer(0, 999_999_999, 'a number of requests (0: no limit)')

/** What Stripe signs its webhooks with. */
export const webhookSecret = text('the secret of the webhook endpoint').optional()

/** Balancers in front of the edge, whose entries of `X-Forwarded-For` are believed. */
export const trustedProxies = integer(0, 9, 'the number of balancers in front of the edge')

const Settings = z.object({
  PROFILE: profile,
  LISTEN_HOST: listenHost,
  EDGE_PORT: port.default(DEFAULTS.EDGE_PORT),
  UPSTASH_KAFKA_REST_URL: baseUrl('the proxy'),
  UPSTASH_KAFKA_REST_USERNAME: username('the username for the proxy'),
  UPSTASH_KAFKA_REST_PASSWORD: password('the password for the proxy'),
  KAFKA_REQUEST_TOPIC: topicName.default(TOPICS.requests),
  QUERY_URL: baseUrl('the query API'),
  COMMAND_KEYS: SigningKeysText,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  ...TOKEN_SETTINGS,
  ALLOW_PAST_DATES: flag.optional(),
  CORS_ORIGINS: origins.optional(),
  RATE_LIMIT_PER_MINUTE: rateLimit.default(DEFAULTS.RATE_LIMIT_PER_MINUTE),
  TRUSTED_PROXIES: trustedProxies.default(0),
})

/** The names of all variables that the edge reads, for runtimes that must allow each of them. */
export const EDGE_VARIABLES: readonly string[] = Object.keys(Settings.shape)

export interface EdgeConfig {
  port: number
  /** Default: every address. */
  hostname?: ListenHost | undefined
  proxy: CommandLogOptions
  queryUrl: string
  /** Of Stripe. Without it, webhooks are signed with a secret derived from the command keys. */
  webhookSecret?: string | undefined
  tokens: TokenSource
  allowPastDates: boolean
  origins: string[]
  requestsPerMinute: number
  /** How many balancers in front of the edge add to `X-Forwarded-For`. */
  trustedProxies?: number
}

/** Reads the environment, or a worker's bindings. Throws one error that names every problem. */
export function readEdgeConfig(env: Environment): EdgeConfig {
  const data = readSettings('The edge', Settings, env, [...topicProblems(env), ...tokenProblems(env)])
  return {
    port: data.EDGE_PORT,
    hostname: listenHostIn(data),
    proxy: {
      url: data.UPSTASH_KAFKA_REST_URL,
      username: data.UPSTASH_KAFKA_REST_USERNAME,
      password: data.UPSTASH_KAFKA_REST_PASSWORD,
      topic: data.KAFKA_REQUEST_TOPIC,
      commandKeys: data.COMMAND_KEYS,
    },
    queryUrl: data.QUERY_URL,
    webhookSecret: data.STRIPE_WEBHOOK_SECRET,
    tokens: tokenSourceOf(data),
    allowPastDates: data.ALLOW_PAST_DATES ?? data.PROFILE === 'dev',
    origins: data.CORS_ORIGINS ?? (data.PROFILE === 'dev' ? DEV_DEFAULTS.CORS_ORIGINS : []),
    requestsPerMinute: data.RATE_LIMIT_PER_MINUTE,
    trustedProxies: data.TRUSTED_PROXIES,
  }
}
