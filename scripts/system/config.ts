import { z } from 'zod'
import { LOG_ENVIRONMENT } from '#log/open.ts'
import { topicProblems, TOPICS } from '#domain/topics.ts'
import { DEFAULTS, DEV_DEFAULTS } from '#platform/defaults.mjs'
import { rateLimit, webhookSecret } from '#edge/config.ts'
import {
  type Environment,
  flag,
  listenHost,
  LOCALHOST,
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
import { BILLING_ENVIRONMENT, billingProblems } from '#processor/proposers/billing/open.ts'
import { STRIPE_ENVIRONMENT } from '#processor/proposers/billing/stripe/settings.ts'
import { roles } from '#processor/roles.ts'
import { STORE_ENVIRONMENT } from '#store/open.ts'
import { sharedPorts } from './shared-ports.ts'

const Settings = z.object({
  PROFILE: profile.default('dev'),
  LISTEN_HOST: listenHost.default(LOCALHOST),
  EDGE_PORT: port.default(DEFAULTS.EDGE_PORT),
  PROXY_PORT: port.default(DEFAULTS.PROXY_PORT),
  PROCESSOR_PORT: port.default(DEFAULTS.PROCESSOR_PORT),
  ...LOG_ENVIRONMENT,
  ...STORE_ENVIRONMENT,
  KAFKA_REQUEST_TOPIC: topicName.default(TOPICS.requests),
  UPSTASH_KAFKA_REST_USERNAME: username('the username for the proxy').default(DEV_DEFAULTS.UPSTASH_KAFKA_REST_USERNAME),
  UPSTASH_KAFKA_REST_PASSWORD: password('the password for the proxy').default(DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD),
  JWT_ISSUER: text('the issuer of the tokens (iss)').default(DEV_DEFAULTS.JWT_ISSUER),
  JWT_AUDIENCE: text('the audience of the tokens (aud)').default(DEV_DEFAULTS.JWT_AUDIENCE),
  /** Without it, the key of this computer. */
  COMMAND_KEYS: SigningKeysText.optional(),
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  PROCESSOR_ROLES: roles,
  BILLING: BILLING_ENVIRONMENT.BILLING.default('embedded'),
  ...STRIPE_ENVIRONMENT,
  ALLOW_PAST_DATES: flag.default(true),
  CORS_ORIGINS: origins.default(DEV_DEFAULTS.CORS_ORIGINS),
  RATE_LIMIT_PER_MINUTE: rateLimit.default(DEFAULTS.RATE_LIMIT_PER_MINUTE),
})

/** What a system on this computer takes from the environment; all of it has a default. */
export type LocalConfig = z.infer<typeof Settings>

/** The names of all that it reads. */
export const LOCAL_VARIABLES: readonly string[] = Object.keys(Settings.shape)

/** Throws one error that names every problem at once, also those `between` several settings. */
export const readLocalConfig = (env: Environment, between: readonly string[] = []): LocalConfig =>
  readSettings('Reservoir', Settings, env, [
    ...between,
    ...topicProblems(env),
    ...portProblems(env),
    ...billingProblems({ ...env, PROFILE: env['PROFILE'] || 'dev' }),
  ])

/** The system's own servers cannot share a port. */
function portProblems(env: Environment): string[] {
  const ports = (['EDGE_PORT', 'PROXY_PORT', 'PROCESSOR_PORT'] as const).map(
    (name) => [name, Settings.shape[name].safeParse(env[name] || undefined).data] as const,
  )
  return sharedPorts(Object.fromEntries(ports)).map((clause) => `${clause}; set different ports`)
}

/** The settings of Kafka and MongoDB, which a system on the embedded drivers does not use. */
export const SERVER_VARIABLES: ReadonlySet<string> = new Set(
  Object.keys({ ...LOG_ENVIRONMENT, ...STORE_ENVIRONMENT }).filter((name) => name !== 'DATA_DIR'),
)

/** For a system on the embedded drivers, also if the environment names a Kafka and a MongoDB. */
export const withoutServers = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !SERVER_VARIABLES.has(name)))
