/** The environment of a process chooses its log: Kafka if it names brokers, otherwise the embedded log in a folder. */
import { join } from 'node:path'
import { z } from 'zod'
import { DEFAULTS } from '#platform/defaults.mjs'
import { type Logger, SILENT } from '#platform/log-line.ts'
import { Outage, reportingOutages } from '#platform/node/outage.ts'
import { textFile } from '#platform/node/text-file.ts'
import { type Environment, flag, integer } from '#platform/settings.ts'
import { Brokers } from './kafka/brokers.ts'
import { openEmbeddedLog } from './embedded/embedded-log.ts'
import type { KafkaSettings } from './kafka/client.ts'
import { causesOf, isFinal } from './kafka/errors.ts'
import { type Log, LogError } from './log.ts'

export const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

const Mechanism = z
  .string()
  .toLowerCase()
  .pipe(z.enum(MECHANISMS, `must be one of ${MECHANISMS.join(', ')}`))

/** For the schema of a process's environment. `KAFKA_SSL_…` are paths of PEM files; a `_FILE` is the path of a secret. */
export const LOG_ENVIRONMENT = {
  KAFKA_BROKERS: Brokers.optional(),
  KAFKA_BROKER: Brokers.optional(),
  KAFKA_SASL_MECHANISM: Mechanism.optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_SASL_PASSWORD_FILE: textFile.optional(),
  KAFKA_SSL: flag.optional(),
  KAFKA_SSL_CA: textFile.optional(),
  KAFKA_SSL_CERT: textFile.optional(),
  KAFKA_SSL_KEY: textFile.optional(),
  KAFKA_REPLICATION: integer(1, 99, 'the number of copies of new topics, from 1 to the number of brokers').optional(),
  KAFKA_SESSION_TIMEOUT_MS: integer(1_000, 999_999, 'a number of milliseconds from 1000 to 999999').optional(),
  DATA_DIR: z.string().default(DEFAULTS.DATA_DIR),
}

export type LogEnvironment = z.infer<z.ZodObject<typeof LOG_ENVIRONMENT>>

/** The problems between several settings, each as `NAME sentence`. The schema finds the problems of a single setting. */
export function logProblems(env: Environment): string[] {
  const has = (name: string): boolean => Boolean(env[name])
  const problems: string[] = []
  const addIf = (isWrong: boolean, problem: string): void => void (isWrong && problems.push(problem))
  const password = has('KAFKA_SASL_PASSWORD') || has('KAFKA_SASL_PASSWORD_FILE')
  const sasl = has('KAFKA_SASL_MECHANISM') || has('KAFKA_SASL_USERNAME') || password
  const tls = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'].filter(has)
  const secured = [...(sasl ? ['KAFKA_SASL_…'] : []), ...(has('KAFKA_SSL') ? ['KAFKA_SSL'] : []), ...tls]
  const brokers = has('KAFKA_BROKERS') || has('KAFKA_BROKER')
  const differ = env['KAFKA_BROKERS'] !== env['KAFKA_BROKER']

  addIf(has('KAFKA_BROKERS') && has('KAFKA_BROKER') && differ, 'KAFKA_BROKER and KAFKA_BROKERS differ: set only one')
  addIf(
    !brokers && secured.length > 0,
    `KAFKA_BROKERS is missing although ${secured.join(', ')} is set: set it to the addresses of Kafka`,
  )
  addIf(sasl && !has('KAFKA_SASL_MECHANISM'), `KAFKA_SASL_MECHANISM is missing: set one of ${MECHANISMS.join(', ')}`)
  addIf(sasl && !has('KAFKA_SASL_USERNAME'), 'KAFKA_SASL_USERNAME is missing: set the username for Kafka')
  addIf(sasl && !password, 'KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE is missing: set the password for Kafka')
  addIf(
    has('KAFKA_SASL_PASSWORD') && has('KAFKA_SASL_PASSWORD_FILE'),
    'KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE are both set: set only one',
  )
  addIf(has('KAFKA_SSL_CERT') !== has('KAFKA_SSL_KEY'), 'KAFKA_SSL_CERT and KAFKA_SSL_KEY must be set together')
  addIf(
    env['KAFKA_SSL'] === 'false' && tls.length > 0,
    `KAFKA_SSL is false although ${tls.join(', ')} is set: set only one`,
  )
  return problems
}

export const brokersIn = ({ KAFKA_BROKERS, KAFKA_BROKER }: LogEnvironment): string[] | undefined =>
  KAFKA_BROKERS ?? KAFKA_BROKER

/** A sentence that names the log, without credentials. */
export function describeLog(environment: LogEnvironment): string {
  const brokers = brokersIn(environment)
  return brokers
    ? `the log is Kafka at ${brokers.join(', ')}`
    : `the log is embedded, under ${environment.DATA_DIR}, for one process (KAFKA_BROKERS is not set)`
}

/** How to connect to these brokers. */
export function kafkaSettingsOf(environment: LogEnvironment, brokers: string[]): KafkaSettings {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username = '' } = environment
  const password = environment.KAFKA_SASL_PASSWORD ?? environment.KAFKA_SASL_PASSWORD_FILE ?? ''
  const pem = { ca: environment.KAFKA_SSL_CA, cert: environment.KAFKA_SSL_CERT, key: environment.KAFKA_SSL_KEY }
  const hasPem = Object.values(pem).some((text) => text !== undefined)
  return {
    brokers,
    sasl: mechanism && { mechanism, username, password },
    ssl: hasPem ? pem : environment.KAFKA_SSL || undefined,
  }
}

export interface LogOptions {
  /** The deadline of every call to Kafka except `run`. */
  limitMs?: number
  /** Receives a line for each fault that does not stop anything, and for the beginning and the end of an outage of Kafka. */
  logger?: Logger
  /** Called when a consumer has failed permanently: end the process so that it is restarted. */
  crashed?: (error: LogError) => void
}

/** Does not connect to Kafka: the first call shows whether Kafka answers. */
export async function openLog(
  environment: LogEnvironment,
  { logger = SILENT, ...options }: LogOptions = {},
): Promise<Log> {
  const brokers = brokersIn(environment)
  if (!brokers) return openEmbeddedLog({ file: join(environment.DATA_DIR, 'log.db') })
  // A process that does not use it does not load it.
  const { openKafkaLog } = await import('./kafka/kafka-log.ts')
  const { KAFKA_REPLICATION: replication, KAFKA_SESSION_TIMEOUT_MS: sessionTimeoutMs } = environment
  const outage = new Outage('Kafka', logger)
  const log = openKafkaLog({
    ...kafkaSettingsOf(environment, brokers),
    replication,
    ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
    ...options,
    report: (sentence) => logger.warn(sentence),
    outage,
  })
  const isOutage = (error: unknown): boolean => isUnknown(error) || mayPass(error, environment)
  return reportingOutages(log, outage, isOutage, ['partitions', 'close'])
}

/** A send that Kafka has not acknowledged in time. */
const isUnknown = (error: unknown): boolean => error instanceof LogError && error.code === 'unknown'

/** Whether Kafka does not answer, which may end by itself. A wrong setting or a locked file does not. */
export function mayPass(error: unknown, environment: LogEnvironment): boolean {
  if (!brokersIn(environment) || !(error instanceof LogError) || error.code !== 'unavailable') return false
  return (
    !isFinal(error.cause) &&
    !/ENOTFOUND|EAI_/.test(
      causesOf(error)
        .map(({ code }) => code)
        .join(' '),
    )
  )
}
