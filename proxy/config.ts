import { z } from 'zod'
import type { NewTopic } from '#log/log.ts'
import { LOG_ENVIRONMENT, logProblems, type LogEnvironment } from '#log/open.ts'
import type { Credentials } from './accounts/account.ts'
import { LIMITS, type Limits } from './limits.ts'
import { UsersFile, UsersJson, type User } from './accounts/users.ts'

const whole = (least: number, most: number, usual: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be a number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be a number from ${least} to ${most}`)
    .default(usual)

/** `red:1,green:3`: names with their partitions. */
const Topics = z.string().transform((text, context): NewTopic[] =>
  text.split(',').flatMap((entry) => {
    const [, topic, partitions] = /^\s*([\w.-]{1,249}):([1-9]\d{0,3})\s*$/.exec(entry) ?? []
    if (topic !== undefined) return [{ topic, partitions: Number(partitions) }]
    context.addIssue(`has ${JSON.stringify(entry)} in it, which is not a name and its partitions, such as red:1`)
    return []
  }),
)

const Environment = z.object({
  PROFILE: z.enum(['dev', 'production'], 'must be dev or production').default('production'),
  PROXY_PORT: whole(0, 65_535, 8082),
  UPSTASH_KAFKA_REST_USERNAME: z
    .string('is missing: the name of the credential that may everything')
    .refine((name) => !name.includes(':'), 'cannot have a colon in it'),
  UPSTASH_KAFKA_REST_PASSWORD: z.string('is missing: the password of the credential that may everything'),
  PROXY_USERS: UsersJson.optional(),
  PROXY_USERS_FILE: UsersFile.optional(),
  PROXY_TOPICS: Topics.default([]),
  PROXY_LOG_REQUESTS: z.enum(['all', 'failed', 'none'], 'must be all, failed or none').optional(),
  PROXY_IDLE_MS: whole(1_000, 86_400_000, LIMITS.idleMs),
  PROXY_MAX_BODY_BYTES: whole(1_000, 256 * 1024 * 1024, LIMITS.bodyBytes),
  PROXY_MAX_PENDING_BYTES: whole(1_000, 4_000_000_000, LIMITS.pendingBytes),
  PROXY_MAX_WAITING: whole(1, 1_000_000, LIMITS.waiting),
  PROXY_MAX_INSTANCES: whole(1, 1_000_000, LIMITS.instances),
  ...LOG_ENVIRONMENT,
})

/** The names of all that it reads. */
export const PROXY_VARIABLES: readonly string[] = Object.keys(Environment.shape)

export interface ProxyConfig {
  port: number
  /** The credential that may everything, named as the client names its own. */
  credentials: Credentials
  users: User[]
  topics: NewTopic[]
  logRequests: 'all' | 'failed' | 'none'
  limits: Limits
  log: LogEnvironment
}

/** Reads the environment; throws one error that names every problem at once. An empty variable is one that is not set. */
export function readProxyConfig(env: Record<string, string | undefined>): ProxyConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text !== ''))
  const { data, error } = Environment.safeParse(given)
  const problems = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`)
  problems.push(...logProblems(given), ...problemsBetween(given, data))
  if (!data || problems.length > 0) {
    throw new Error(
      `The proxy cannot start with this environment:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    )
  }
  return {
    port: data.PROXY_PORT,
    credentials: { username: data.UPSTASH_KAFKA_REST_USERNAME, password: data.UPSTASH_KAFKA_REST_PASSWORD },
    users: usersIn(data),
    topics: data.PROXY_TOPICS,
    logRequests: data.PROXY_LOG_REQUESTS ?? (data.PROFILE === 'dev' ? 'all' : 'failed'),
    limits: {
      idleMs: data.PROXY_IDLE_MS,
      bodyBytes: data.PROXY_MAX_BODY_BYTES,
      pendingBytes: data.PROXY_MAX_PENDING_BYTES,
      waiting: data.PROXY_MAX_WAITING,
      instances: data.PROXY_MAX_INSTANCES,
    },
    log: logEnvironmentIn(data),
  }
}

type Settings = z.infer<typeof Environment>

const logEnvironmentIn = (data: Settings): LogEnvironment =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name in LOG_ENVIRONMENT)) as LogEnvironment

const usersIn = (data: Settings): User[] => data.PROXY_USERS ?? data.PROXY_USERS_FILE ?? []

function problemsBetween(given: Record<string, string | undefined>, data: Settings | undefined): string[] {
  const problems: string[] = []
  if (given['PROXY_USERS'] && given['PROXY_USERS_FILE']) {
    problems.push('PROXY_USERS and PROXY_USERS_FILE are both set: set one')
  }
  const full = data?.UPSTASH_KAFKA_REST_USERNAME
  if (data && usersIn(data).some(({ username }) => username === full)) {
    problems.push(`UPSTASH_KAFKA_REST_USERNAME is also among the users, who may less: choose another name than ${full}`)
  }
  return problems
}
