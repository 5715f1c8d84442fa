import { z } from 'zod'
import { DEFAULTS } from '#platform/defaults.mjs'
import {
  type Environment,
  listenHost,
  type ListenHost,
  listenHostIn,
  port,
  profile,
  readSettings,
  topicName,
} from '#platform/settings.ts'
import { KEYS_MISSING, type SigningKeys, SigningKeysText } from '#platform/signature.ts'
import { TOKEN_SETTINGS, tokenProblems, tokenSourceOf } from '#platform/token-settings.ts'
import type { TokenSource } from '#platform/tokens.ts'
import { type TopicNames, topicProblems, TOPICS, topicsNamedBy } from '#domain/topics.ts'
import { brokersIn, describeLog, LOG_ENVIRONMENT, type LogEnvironment, logProblems } from '#log/open.ts'
import { describeStore, STORE_ENVIRONMENT, type StoreEnvironment, storeProblems } from '#store/open.ts'
import { type Billing, BILLING_ENVIRONMENT, billingIn, billingProblems } from './proposers/billing/open.ts'
import type { StripeEnvironment } from './proposers/billing/stripe/settings.ts'
import { type ProcessorRole, roles, ROLES_WITH_KEYS } from './roles.ts'

const Settings = z.object({
  PROFILE: profile,
  LISTEN_HOST: listenHost,
  PROCESSOR_PORT: port.default(DEFAULTS.PROCESSOR_PORT),
  PROCESSOR_ROLES: roles,
  KAFKA_REQUEST_TOPIC: topicName.default(TOPICS.requests),
  ...LOG_ENVIRONMENT,
  ...STORE_ENVIRONMENT,
  COMMAND_KEYS: SigningKeysText.optional(),
  ...BILLING_ENVIRONMENT,
  ...TOKEN_SETTINGS,
})

/** The names of all settings of the processor. */
export const PROCESSOR_VARIABLES: readonly string[] = Object.keys(Settings.shape)

export interface ProcessorConfig {
  /** Whether the demo listings are published. */
  isDev: boolean
  port: number
  /** Default: every address. */
  hostname?: ListenHost | undefined
  roles: readonly ProcessorRole[]
  topics: TopicNames
  /** The keys that sign and verify commands; a process whose roles need none may have none. */
  commandKeys: SigningKeys
  billing: Billing
  /** Where the embedded payment gateway sends its webhooks. */
  edgeUrl: string
  stripe: StripeEnvironment
  tokens: TokenSource
  log: LogEnvironment
  store: StoreEnvironment
}

/** Reads the environment; throws one error that names every problem at once. */
export function readProcessorConfig(env: Environment): ProcessorConfig {
  const between = [
    ...topicProblems(env),
    ...driverProblems(env),
    ...tokenProblems(env),
    ...commandKeyProblems(env),
    ...billingProblems(env),
  ]
  const data = readSettings('The processor', Settings, env, between)
  return {
    isDev: data.PROFILE === 'dev',
    port: data.PROCESSOR_PORT,
    hostname: listenHostIn(data),
    roles: data.PROCESSOR_ROLES,
    topics: topicsNamedBy(data),
    commandKeys: data.COMMAND_KEYS ?? [],
    billing: billingIn(data),
    edgeUrl: data.EDGE_URL,
    stripe: data,
    tokens: tokenSourceOf(data),
    log: { ...data, KAFKA_REPLICATION: data.KAFKA_REPLICATION ?? (data.PROFILE === 'dev' ? 1 : 3) },
    store: data,
  }
}

/** Without keys the decider would refuse every command, and no other role could propose one. */
function commandKeyProblems({ PROCESSOR_ROLES, COMMAND_KEYS }: Environment): string[] {
  const { data = [] } = roles.safeParse(PROCESSOR_ROLES || undefined)
  return !COMMAND_KEYS && data.some((role) => ROLES_WITH_KEYS.has(role)) ? [`COMMAND_KEYS ${KEYS_MISSING}`] : []
}

/** Problems between the settings of log and store. An embedded one beside a server would lose its half of the data. */
export function driverProblems(env: Environment): string[] {
  const kafka = ['KAFKA_BROKERS', 'KAFKA_BROKER'].find((name) => env[name])
  const mongodb = ['MONGODB_URI', 'MONGODB_URI_FILE'].find((name) => env[name])
  const both = 'set both, or neither for the embedded log and store'
  return [
    ...logProblems(env),
    ...storeProblems(env),
    ...(kafka && !mongodb ? [`MONGODB_URI is missing, though ${kafka} is set: ${both}`] : []),
    ...(mongodb && !kafka ? [`KAFKA_BROKERS is missing, though ${mongodb} is set: ${both}`] : []),
  ]
}

/** A sentence for operators that names the log and the store, without credentials. */
export const describeDrivers = (log: LogEnvironment, store: StoreEnvironment): string =>
  brokersIn(log)
    ? `${describeLog(log)}, ${describeStore(store)}`
    : `log and store are embedded, under ${log.DATA_DIR}, for one process; KAFKA_BROKERS and MONGODB_URI are not set`
