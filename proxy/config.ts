import { z } from 'zod'
import { DEFAULTS } from '#platform/defaults.mjs'
import {
  type Environment,
  integer,
  listenHost,
  type ListenHost,
  listenHostIn,
  origins,
  password,
  port,
  profile,
  readSettings,
  username,
} from '#platform/settings.ts'
import type { NewTopic } from '#log/log.ts'
import { LOG_ENVIRONMENT, logProblems, type LogEnvironment } from '#log/open.ts'
import type { Credentials } from './accounts/account.ts'
import { LIMITS, type Limits } from './limits.ts'
import { UsersFile, UsersJson, type User } from './accounts/users.ts'

/** Kafka refuses the names `.` and `..`. */
const ENTRY = /^\s*(?!\.{1,2}:)([\w.-]{1,249}):([1-9]\d{0,3})\s*$/

/** Topics with their numbers of partitions: `red:1,green:3`. */
const TopicList = z.string().transform((text, context): NewTopic[] =>
  text.split(',').flatMap((entry, i, entries) => {
    const [, topic, partitions] = ENTRY.exec(entry) ?? []
    const fault =
      topic === undefined
        ? 'each topic must be a name with its number of partitions, like red:1'
        : entries.slice(0, i).some((earlier) => ENTRY.exec(earlier)?.[1] === topic) && 'the topic has two entries'
    if (topic !== undefined && !fault) return [{ topic, partitions: Number(partitions) }]
    context.addIssue(`contains ${JSON.stringify(entry)}; ${fault}`)
    return []
  }),
)

const Variables = z.object({
  PROFILE: profile,
  LISTEN_HOST: listenHost,
  PROXY_PORT: port.default(DEFAULTS.PROXY_PORT),
  UPSTASH_KAFKA_REST_USERNAME: username('the username of the full-access account'),
  UPSTASH_KAFKA_REST_PASSWORD: password('the password of the full-access account'),
  PROXY_USERS: UsersJson.optional(),
  PROXY_USERS_FILE: UsersFile.optional(),
  PROXY_CORS_ORIGINS: origins.default([]),
  PROXY_TOPICS: TopicList.default([]),
  PROXY_LOG_REQUESTS: z.enum(['all', 'failed', 'none'], 'must be all, failed or none').optional(),
  PROXY_IDLE_MS: integer(1_000, 86_400_000).default(LIMITS.idleMs),
  PROXY_MAX_BODY_BYTES: integer(1_000, 256 * 1024 * 1024).default(LIMITS.bodyBytes),
  PROXY_MAX_PENDING_BYTES: integer(1_000, 4_000_000_000).default(LIMITS.pendingBytes),
  PROXY_MAX_WAITING: integer(1, 1_000_000).default(LIMITS.waiting),
  PROXY_MAX_INSTANCES: integer(1, 1_000_000).default(LIMITS.instances),
  ...LOG_ENVIRONMENT,
})

type Settings = z.infer<typeof Variables>

const usersIn = (data: Settings): User[] => data.PROXY_USERS ?? data.PROXY_USERS_FILE ?? []

const Settings = Variables.superRefine((data, context) => {
  const { UPSTASH_KAFKA_REST_USERNAME: name } = data
  if (!usersIn(data).some(({ username }) => username === name)) return
  const message = `is also the name of a user with fewer permissions; choose a name other than ${name}`
  context.addIssue({ code: 'custom', path: ['UPSTASH_KAFKA_REST_USERNAME'], message })
})

/** The names of all variables that the proxy reads. */
export const PROXY_VARIABLES: readonly string[] = Object.keys(Variables.shape)

export interface ProxyConfig {
  port: number
  /** Undefined: every address. */
  hostname: ListenHost | undefined
  /** The full-access account. */
  credentials: Credentials
  users: User[]
  /** Origins of web pages that may use the proxy. */
  origins: string[]
  topics: NewTopic[]
  logRequests: 'all' | 'failed' | 'none'
  limits: Limits
  log: LogEnvironment
}

/** Reads the environment. Throws one error that names every problem. */
export function readProxyConfig(env: Environment): ProxyConfig {
  const data = readSettings('The proxy', Settings, env, [
    ...logProblems(env),
    ...userProblems(env),
    ...limitProblems(env),
  ])
  return {
    port: data.PROXY_PORT,
    hostname: listenHostIn(data),
    credentials: { username: data.UPSTASH_KAFKA_REST_USERNAME, password: data.UPSTASH_KAFKA_REST_PASSWORD },
    users: usersIn(data),
    origins: data.PROXY_CORS_ORIGINS,
    topics: data.PROXY_TOPICS,
    logRequests: data.PROXY_LOG_REQUESTS ?? (data.PROFILE === 'dev' ? 'all' : 'failed'),
    limits: {
      ...LIMITS,
      idleMs: data.PROXY_IDLE_MS,
      bodyBytes: data.PROXY_MAX_BODY_BYTES,
      pendingBytes: data.PROXY_MAX_PENDING_BYTES,
      waiting: data.PROXY_MAX_WAITING,
      instances: data.PROXY_MAX_INSTANCES,
    },
    log: logEnvironmentIn(data),
  }
}

const logEnvironmentIn = (data: Settings): LogEnvironment =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name in LOG_ENVIRONMENT)) as LogEnvironment

/** One account gets half of the pending bytes. */
const limitProblems = ({ PROXY_MAX_BODY_BYTES: body, PROXY_MAX_PENDING_BYTES: pending }: Environment): string[] =>
  Number(pending || LIMITS.pendingBytes) < 2 * Number(body || LIMITS.bodyBytes)
    ? ['PROXY_MAX_PENDING_BYTES must be at least twice PROXY_MAX_BODY_BYTES: one account gets half of it']
    : []

const userProblems = ({ PROXY_USERS: users, PROXY_USERS_FILE: file }: Environment): string[] =>
  users && file ? ['PROXY_USERS and PROXY_USERS_FILE are both set; set only one'] : []
