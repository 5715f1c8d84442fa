import { withColons } from './brokers.ts'
import { LogError, type LogErrorCode } from '../log.ts'

interface KafkaError extends Error {
  /** Kafka's name of the error, if Kafka answered. */
  type?: string
  code?: string | number
  broker?: string
  host?: string
  port?: number
}

/** kafkajs wraps its errors, and the outer ones lose details of the inner ones. */
export function causesOf(error: unknown): KafkaError[] {
  const causes: KafkaError[] = []
  for (let next = error; next instanceof Error && !causes.includes(next); next = next.cause) causes.push(next)
  return causes
}

/** The error code that Kafka answered, for example `OFFSET_OUT_OF_RANGE`; undefined if Kafka did not answer. */
export const answerIn = (error: unknown): string | undefined =>
  causesOf(error).find(({ type }) => typeof type === 'string')?.type

const FENCED = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'])

/** The group continues without this member. */
export const isFenced = (error: unknown): boolean => FENCED.has(answerIn(error) ?? '')

/** Answers that refuse a batch for what one of its messages is. Nothing of the batch is written. */
const REFUSALS: Readonly<Record<string, LogErrorCode>> = {
  MESSAGE_TOO_LARGE: 'too_large',
  RECORD_LIST_TOO_LARGE: 'too_large',
  INVALID_RECORD: 'invalid',
  INVALID_TIMESTAMP: 'invalid',
  CORRUPT_MESSAGE: 'invalid',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'invalid',
  UNSUPPORTED_COMPRESSION_TYPE: 'invalid',
  POLICY_VIOLATION: 'invalid',
}

/** The code of an error that Kafka's refusal of a message means; undefined for any other error. */
export const refusalIn = (error: unknown): LogErrorCode | undefined => REFUSALS[answerIn(error) ?? '']

const NO_ADDRESS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'])
const DISTRUST = /certificate|CERT_|altname|issuer|unable to verify/i
/** These answers come only from a port without TLS. */
const PROVEN_PLAIN = /wrong.version.number|packet.length.too.long/i
const NO_TLS = /EPROTO|ssl3_|tls_|before secure TLS/i
const HUNG_UP = /closed connection|client is closed|ECONNRESET|socket hang up|EPIPE|Connection closed/i

/** kafkajs also reports a broker that stopped during authentication as a rejection, without the cause. */
const isSaslRefusal = ({ name, message }: KafkaError): boolean =>
  name === 'KafkaJSSASLAuthenticationError' && !INTERRUPTED.test(message)

const INTERRUPTED =
  /Connection (error|timeout)|client is closed|closed connection|timed out|ECONN|EPIPE|socket hang up/i

/** A retry does not help: a setting, a right or a message must change. */
export function isFinal(error: unknown): boolean {
  if (error instanceof LogError) return error.code !== 'unavailable'
  if (isFenced(error)) return true
  return causesOf(error).some(
    (cause) => isSaslRefusal(cause) || isFinalOne(cause) || IN_VAIN.some((kind) => kind.test(textOf(cause))),
  )
}

const textOf = ({ code, message }: KafkaError): string => `${code ?? ''} ${message}`

const IN_VAIN = [DISTRUST, PROVEN_PLAIN]

const isFinalOne = ({ name, type = '' }: KafkaError): boolean =>
  name === 'KafkaJSNotImplemented' || type.endsWith('_AUTHORIZATION_FAILED') || FINAL.has(type)

const FINAL = new Set([
  'OFFSET_OUT_OF_RANGE',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'SASL_AUTHENTICATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_CONFIG',
  'POLICY_VIOLATION',
])

/** The error is about a topic, perhaps about another one that the same connection was asked for. */
export const isAboutTopics = (error: unknown): boolean =>
  ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED'].includes(answerIn(error) ?? '')

/** Translates an error of kafkajs into one of the port. The message names the setting to check, if there is one. */
export function asLogError(error: unknown, code: LogErrorCode = 'unavailable'): LogError {
  if (error instanceof LogError) return error
  return new LogError(codeIn(answerIn(error) ?? '', code), sentenceOf(error), { cause: error })
}

function codeIn(answer: string, otherwise: LogErrorCode): LogErrorCode {
  if (answer.endsWith('_AUTHORIZATION_FAILED')) return 'forbidden'
  return answer === 'UNKNOWN_TOPIC_OR_PARTITION' && otherwise === 'unavailable' ? 'not_found' : otherwise
}

export function sentenceOf(error: unknown): string {
  const causes = causesOf(error)
  const messages = causes.map(textOf).join(' ')
  const at = brokerIn(causes)
  const last = causes.at(-1)?.message ?? String(error)
  if (causes.some(isSaslRefusal)) return saslSentence(last)
  if (/SASL_/.test(answerIn(error) ?? '')) return saslSentence(last)
  if (causes.some(({ code }) => NO_ADDRESS.has(String(code)))) {
    return `the address of ${at} cannot be resolved: check KAFKA_BROKERS and the host name that Kafka advertises`
  }
  if (DISTRUST.test(messages)) return `the certificate of ${at} is not trusted: check KAFKA_SSL_CA (${last})`
  if (PROVEN_PLAIN.test(messages))
    return `${at} does not use TLS: set KAFKA_SSL to false, or set its TLS port in KAFKA_BROKERS`
  if (NO_TLS.test(messages))
    return `the TLS handshake with ${at} failed: check KAFKA_SSL and the port in KAFKA_BROKERS (${last})`
  if (HUNG_UP.test(messages)) {
    return `${at} closed the connection: if it always does, check KAFKA_SSL, KAFKA_SASL_MECHANISM and the port in KAFKA_BROKERS`
  }
  if (/ECONNREFUSED|Connection timeout|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(messages)) {
    return `Kafka does not answer at ${at}: check KAFKA_BROKERS, or start Kafka (${last})`
  }
  return `Kafka: ${last}`
}

function saslSentence(message: string): string {
  if (/not support/i.test(message)) return `Kafka does not support KAFKA_SASL_MECHANISM (${message})`
  if (/SASL state/.test(message)) {
    return `Kafka does not authenticate clients at this port: check KAFKA_SASL_MECHANISM and the port in KAFKA_BROKERS (${message})`
  }
  return `Kafka rejects KAFKA_SASL_USERNAME with KAFKA_SASL_PASSWORD (${message})`
}

const brokerIn = (causes: readonly KafkaError[]): string =>
  withColons(causes.find(({ broker }) => broker !== undefined)?.broker ?? 'a broker')
