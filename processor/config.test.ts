import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { brokersIn, describeLog } from '#log/open.ts'
import { describeStore, uriIn } from '#store/open.ts'
import { readProcessorConfig } from './config.ts'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'

const keys = JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k' }] })
const env = { JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'audience', JWT_JWKS: keys, COMMAND_KEYS: COMMAND_KEYS_TEXT }
const servers = { KAFKA_BROKERS: 'a:9092, b:9092', MONGODB_URI: 'mongodb://ann:s3cret@m:27017/reservoir?w=1' }

const folder = mkdtempSync(join(tmpdir(), 'reservoir-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fileOf = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const problemsOf = (changes: Record<string, string>): string[] => {
  try {
    readProcessorConfig({ ...env, ...changes })
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

test('the required settings suffice and select the embedded drivers', () => {
  const config = readProcessorConfig(env)
  expect(config).toMatchObject({
    isDev: false,
    port: 8090,
    roles: ['decisions', 'views', 'notifications', 'analytics', 'timer', 'billing'],
    billing: 'off',
    topics: TOPICS,
  })
  expect(brokersIn(config.log)).toBeUndefined()
  expect(describeLog(config.log)).toMatch(/embedded, under \.data/)
  expect(describeStore(config.store)).toMatch(/embedded, under \.data/)
})

test('brokers and a URI select Kafka and MongoDB; the description contains no secret', () => {
  const config = readProcessorConfig({ ...env, ...servers })
  expect(brokersIn(config.log)).toEqual(['a:9092', 'b:9092'])
  expect(describeLog(config.log)).toBe('the log is Kafka at a:9092, b:9092')
  expect(describeStore(config.store)).toBe('the store is MongoDB at m:27017/reservoir')
  expect(config.log.KAFKA_REPLICATION).toBe(3)
  expect(readProcessorConfig({ ...env, ...servers, PROFILE: 'dev' }).log.KAFKA_REPLICATION).toBe(1)
})

test('an empty value counts as absent', () => {
  const config = readProcessorConfig({ ...env, PROCESSOR_PORT: '', KAFKA_BROKERS: '', PROFILE: '', MONGODB_URI: '' })
  expect(config).toMatchObject({ port: 8090, isDev: false })
})

test('Kafka with the embedded store is rejected, and so is MongoDB with the embedded log', () => {
  const both = 'set both, or neither for the embedded log and store'
  expect(problemsOf({ KAFKA_BROKER: 'a:9092' })).toEqual([
    `MONGODB_URI is missing, though KAFKA_BROKER is set: ${both}`,
  ])
  expect(problemsOf({ MONGODB_URI: 'mongodb://m/' })).toEqual([
    `KAFKA_BROKERS is missing, though MONGODB_URI is set: ${both}`,
  ])
})

test('the error names every problem at once', () => {
  const problems = problemsOf({
    PROFILE: 'test',
    PROCESSOR_PORT: 'abc',
    PROCESSOR_ROLES: 'decisions,cooking',
    KAFKA_REQUEST_TOPIC: 'a topic',
    KAFKA_BROKERS: 'kafka',
    KAFKA_SSL: 'perhaps',
    KAFKA_REPLICATION: '0',
    MONGODB_URI: 'mongo://m',
    COMMAND_KEYS: 'k1',
    JWT_ISSUER: '',
    JWT_JWKS: '{"keys":[]}',
  })
  expect(problems).toEqual([
    'PROFILE must be dev or production',
    'PROCESSOR_PORT must be a port from 0 (any free port) to 65535, not abc',
    'PROCESSOR_ROLES must be "all", "none", or some of decisions, views, notifications, analytics, timer, billing, with commas between',
    expect.stringMatching(/^KAFKA_REQUEST_TOPIC must be a topic name: /),
    'KAFKA_BROKERS must be host:port, with commas between several: kafka has no port: write for example kafka:9092',
    'KAFKA_SSL must be true or false',
    expect.stringMatching(/^KAFKA_REPLICATION must be /),
    expect.stringMatching(/^MONGODB_URI must have the form mongodb:/),
    'COMMAND_KEYS must be id:secret, with commas between several; an id has letters, digits, "-" and "_"',
    'JWT_ISSUER is missing: the issuer of the tokens (iss)',
    expect.stringMatching(/^JWT_JWKS is not a JSON Web Key Set/),
  ])
})

test('billing is embedded in development and off in production, which refuses the embedded gateway', () => {
  expect(readProcessorConfig({ ...env, PROFILE: 'dev' }).billing).toBe('embedded')
  expect(readProcessorConfig({ ...env, PROFILE: 'production', BILLING: 'external' }).billing).toBe('external')
  expect(problemsOf({ PROFILE: 'production', BILLING: 'embedded' })).toEqual([
    'BILLING is embedded, which moves no money; production must choose another one',
  ])
  expect(problemsOf({ BILLING: 'cash' })).toEqual([expect.stringMatching(/^BILLING must be one of /)])
})

test.each(['dev', 'production'])(
  'a decider, a timer and billing need the keys of commands in the %s profile',
  (PROFILE) => {
    const missing = [
      'COMMAND_KEYS is missing: the keys that sign commands, as id:secret; create a secret with openssl rand -base64 32',
    ]
    const without = { PROFILE, COMMAND_KEYS: '' }
    expect(problemsOf(without)).toEqual(missing)
    expect(problemsOf({ ...without, PROCESSOR_ROLES: 'views,decisions' })).toEqual(missing)
    expect(problemsOf({ ...without, PROCESSOR_ROLES: 'views,timer' })).toEqual(missing)
    expect(problemsOf({ ...without, PROCESSOR_ROLES: 'views,billing' })).toEqual(missing)
    expect(problemsOf({ ...without, PROCESSOR_ROLES: 'views,analytics' })).toEqual([])
    expect(problemsOf({ ...without, PROCESSOR_ROLES: 'none' })).toEqual([])
  },
)

test.each(['kafka', 'kafka:', 'kafka:0', 'kafka:65536', 'http://kafka:9092', 'a b:9092', ',', 'ok:1,bad'])(
  'brokers %j are rejected',
  (brokers) => {
    expect(problemsOf({ ...servers, KAFKA_BROKERS: brokers })).toEqual([
      expect.stringMatching(/^KAFKA_BROKERS must be/),
    ])
  },
)

test.each(['localhost:27017', 'mongodb:/m', 'mongodb://', 'mongodb://a@b@c/', 'mongodb://a b/', 'http://m/'])(
  'the URI %j is rejected',
  (uri) => {
    expect(problemsOf({ ...servers, MONGODB_URI: uri })).toEqual([
      expect.stringMatching(/^MONGODB_URI must have the form/),
    ])
  },
)

test.each(['mongodb://m', 'mongodb://a:1,b:2/db?replicaSet=r', 'mongodb+srv://u:p%40@c.example.net/?w=majority'])(
  'the URI %j is accepted',
  (uri) => {
    expect(problemsOf({ ...servers, MONGODB_URI: uri })).toEqual([])
  },
)

test('secrets are read from files', () => {
  const config = readProcessorConfig({
    ...env,
    KAFKA_BROKERS: 'a:9092',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'ann',
    KAFKA_SASL_PASSWORD_FILE: fileOf('password', 's3cret\n'),
    KAFKA_SSL_CA: fileOf('ca.pem', 'authority'),
    MONGODB_URI_FILE: fileOf('uri', 'mongodb://m/\n'),
  })
  expect(config.log).toMatchObject({
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_PASSWORD_FILE: 's3cret',
    KAFKA_SSL_CA: 'authority',
  })
  expect(uriIn(config.store)).toBe('mongodb://m/')
})

test('the error names an unreadable file', () => {
  const missing = join(folder, 'nowhere')
  expect(problemsOf({ ...servers, KAFKA_SSL_CA: missing })).toEqual([
    `KAFKA_SSL_CA names the file ${missing}, which cannot be read`,
  ])
})

test('related settings must be set together', () => {
  expect(problemsOf({ ...servers, KAFKA_SASL_USERNAME: 'ann' })).toEqual([
    'KAFKA_SASL_MECHANISM is missing: set one of plain, scram-sha-256, scram-sha-512',
    'KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE is missing: set the password for Kafka',
  ])
  const pem = fileOf('pem', 'pem')
  expect(problemsOf({ ...servers, KAFKA_SSL_CERT: pem })).toEqual([
    'KAFKA_SSL_CERT and KAFKA_SSL_KEY must be set together',
  ])
  expect(problemsOf({ ...servers, KAFKA_SSL: 'false', KAFKA_SSL_CA: pem })).toEqual([
    'KAFKA_SSL is false although KAFKA_SSL_CA is set: set only one',
  ])
  expect(problemsOf({ KAFKA_SSL: 'true' })).toEqual([
    'KAFKA_BROKERS is missing although KAFKA_SSL is set: set it to the addresses of Kafka',
  ])
  expect(problemsOf({ ...servers, KAFKA_BROKER: 'c:9092' })).toEqual([
    'KAFKA_BROKER and KAFKA_BROKERS differ: set only one',
  ])
  expect(problemsOf({ ...servers, JWT_JWKS: '' })).toEqual(['JWT_JWKS or JWT_JWKS_URL is missing: the public keys'])
})

test.each(['bookings', 'bookings.dlq'])('KAFKA_REQUEST_TOPIC rejects the name of another topic: %s', (name) => {
  expect(() => readProcessorConfig({ ...env, KAFKA_REQUEST_TOPIC: name })).toThrow(
    `KAFKA_REQUEST_TOPIC is ${name}, which is another topic of Reservoir; choose another name`,
  )
})
