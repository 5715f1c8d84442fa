import { z } from 'zod'
import { KeySetText, localKeys, remoteKeys, type TokenSource } from '#platform/tokens.ts'
import { type Topics, TOPICS } from '#domain/topics.ts'
import { brokersIn, describeLog, LOG_ENVIRONMENT, type LogEnvironment, logProblems } from '#log/open.ts'
import { describeStore, STORE_ENVIRONMENT, type StoreEnvironment, storeProblems } from '#store/open.ts'
import { type Environment, port, readSettings, roles, topicName } from './environment.ts'
import type { ProcessorRole } from './processor.ts'

const Settings = z.object({
  PROFILE: z.enum(['dev', 'production'], 'must be dev or production').default('production'),
  PROCESSOR_PORT: port(8090),
  PROCESSOR_ROLES: roles,
  KAFKA_REQUEST_TOPIC: topicName,
  ...LOG_ENVIRONMENT,
  ...STORE_ENVIRONMENT,
  JWT_ISSUER: z.string('is missing: who makes the tokens (iss)'),
  JWT_AUDIENCE: z.string('is missing: for whom the tokens are made (aud)'),
  JWT_JWKS: KeySetText.optional(),
  JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be a URL: where the public keys are' }).optional(),
})

/** The names of all that it reads. */
export const PROCESSOR_VARIABLES: readonly string[] = Object.keys(Settings.shape)

export interface ProcessorConfig {
  /** Whether the demo listings are to be there. */
  isDev: boolean
  port: number
  roles: readonly ProcessorRole[]
  topics: Topics
  tokens: TokenSource
  log: LogEnvironment
  store: StoreEnvironment
}

/** Reads the environment; throws one error that names every problem at once. */
export function readProcessorConfig(env: Environment): ProcessorConfig {
  const data = readSettings('The processor', Settings, env, [...driverProblems(env), ...keyProblems(env)])
  return {
    isDev: data.PROFILE === 'dev',
    port: data.PROCESSOR_PORT,
    roles: data.PROCESSOR_ROLES,
    topics: { ...TOPICS, requests: data.KAFKA_REQUEST_TOPIC },
    tokens: { keys: keysIn(data), issuer: data.JWT_ISSUER, audience: data.JWT_AUDIENCE },
    // Copies in production as the brokers of a cluster bear them.
    log: { ...data, KAFKA_REPLICATION: data.KAFKA_REPLICATION ?? (data.PROFILE === 'dev' ? 1 : 3) },
    store: data,
  }
}

/** What is wrong between the settings of log and store. Each alone would forget what the other remembers. */
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

/** For people: which log and which store. No credentials. */
export const describeDrivers = (log: LogEnvironment, store: StoreEnvironment): string =>
  brokersIn(log)
    ? `${describeLog(log)}, ${describeStore(store)}`
    : `log and store are embedded, under ${log.DATA_DIR}, for one process; KAFKA_BROKERS and MONGODB_URI are not set`

const keyProblems = ({ JWT_JWKS: keys, JWT_JWKS_URL: url }: Environment): string[] =>
  keys || url ? [] : ['JWT_JWKS or JWT_JWKS_URL is missing: the public keys']

const keysIn = ({ JWT_JWKS: keys, JWT_JWKS_URL: url }: z.infer<typeof Settings>): TokenSource['keys'] =>
  keys ? localKeys(keys) : remoteKeys(url!)
