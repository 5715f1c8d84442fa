import { expect, test } from 'vitest'
import { TRIAL_COMMAND_SECRET } from '#platform/defaults.mjs'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'
import { readEdgeConfig } from './config.ts'
import { publicJwk } from './testing/edge.ts'

const env = {
  UPSTASH_KAFKA_REST_URL: 'http://localhost:8082',
  UPSTASH_KAFKA_REST_USERNAME: 'name',
  UPSTASH_KAFKA_REST_PASSWORD: 'word',
  QUERY_URL: 'http://localhost:8090/',
  COMMAND_KEYS: COMMAND_KEYS_TEXT,
  JWT_ISSUER: 'issuer',
  JWT_AUDIENCE: 'audience',
  JWT_JWKS: JSON.stringify({ keys: [publicJwk] }),
}

test('the edge starts with the required settings alone', () => {
  expect(readEdgeConfig(env)).toMatchObject({
    port: 8787,
    proxy: { url: 'http://localhost:8082', username: 'name', password: 'word', topic: 'booking-requests' },
    queryUrl: 'http://localhost:8090',
    allowPastDates: false,
  })
})

test('the edge allows past dates in the dev profile, or by a setting', () => {
  expect(readEdgeConfig({ ...env, PROFILE: 'dev' }).allowPastDates).toBe(true)
  expect(readEdgeConfig({ ...env, PROFILE: 'dev', ALLOW_PAST_DATES: 'false' }).allowPastDates).toBe(false)
  expect(readEdgeConfig({ ...env, ALLOW_PAST_DATES: 'true' }).allowPastDates).toBe(true)
})

const problemsOf = (settings: Record<string, string | undefined>): string[] => {
  try {
    readEdgeConfig(settings)
    return []
  } catch (error) {
    const [first, ...problems] = (error as Error).message.split('\n')
    expect(first).toBe('The edge cannot start with this environment:')
    return problems.map((problem) => problem.trim())
  }
}

test('the error names every problem at once', () => {
  const wrong = {
    PROFILE: 'test',
    EDGE_PORT: 'eighty',
    UPSTASH_KAFKA_REST_USERNAME: '',
    KAFKA_REQUEST_TOPIC: 'a topic',
    QUERY_URL: 'nowhere',
    COMMAND_KEYS: 'k1:short',
    JWT_JWKS_URL: 'ftp://keys',
    ALLOW_PAST_DATES: 'perhaps',
    RATE_LIMIT_PER_MINUTE: '-1',
  }
  expect(problemsOf(wrong)).toEqual([
    'PROFILE must be dev or production',
    'EDGE_PORT must be a port from 0 (any free port) to 65535, not eighty',
    'UPSTASH_KAFKA_REST_URL is missing: the URL of the proxy',
    'UPSTASH_KAFKA_REST_USERNAME is missing: the username for the proxy',
    'UPSTASH_KAFKA_REST_PASSWORD is missing: the password for the proxy',
    expect.stringMatching(/^KAFKA_REQUEST_TOPIC must be a topic name: /),
    'QUERY_URL must be the URL of the query API, such as http://host:port',
    'COMMAND_KEYS has a secret of key k1 that is not base64 of at least 32 bytes; create one with openssl rand -base64 32',
    'JWT_ISSUER is missing: the issuer of the tokens (iss)',
    'JWT_AUDIENCE is missing: the audience of the tokens (aud)',
    'JWT_JWKS_URL must be the URL of the public keys, such as http://host:port',
    'ALLOW_PAST_DATES must be true or false',
    'RATE_LIMIT_PER_MINUTE must be a number of requests (0: no limit), not -1',
  ])
})

test.each(['dev', 'production'])('the edge needs keys that sign commands in the %s profile', (PROFILE) => {
  expect(problemsOf({ ...env, PROFILE, COMMAND_KEYS: '' })).toEqual([
    'COMMAND_KEYS is missing: the keys that sign commands, as id:secret; create a secret with openssl rand -base64 32',
  ])
})

test.each(['65536', '1.5', '1e3', ' ', '-0'])('a port rejects %j', (port) => {
  expect(problemsOf({ ...env, EDGE_PORT: port })).toEqual([expect.stringMatching(/^EDGE_PORT must be a port/)])
})

test('an empty value counts as absent', () => {
  const empty = { PROFILE: '', EDGE_PORT: '', JWT_JWKS_URL: '', ALLOW_PAST_DATES: '', CORS_ORIGINS: '' }
  expect(readEdgeConfig({ ...env, ...empty, RATE_LIMIT_PER_MINUTE: '' })).toEqual({
    ...readEdgeConfig(env),
    tokens: expect.objectContaining({ issuer: 'issuer', audience: 'audience' }) as object,
  })
  expect(problemsOf({ ...env, JWT_JWKS: '', JWT_JWKS_URL: '' })).toEqual([
    'JWT_JWKS or JWT_JWKS_URL is missing: the public keys',
  ])
})

test('a setting accepts a number, as a binding of a worker may have', () => {
  const bindings = { ...env, EDGE_PORT: 80, RATE_LIMIT_PER_MINUTE: 0 } as unknown as Record<string, string>
  expect(readEdgeConfig(bindings)).toMatchObject({ port: 80, requestsPerMinute: 0 })
})

test('JWT_JWKS rejects a key set without keys', () => {
  expect(() => readEdgeConfig({ ...env, JWT_JWKS: '{"keys":[]}' })).toThrow('JWT_JWKS is not a JSON Web Key Set')
})

test('JWT_JWKS rejects a key set of which no key fits an accepted algorithm', () => {
  const keys = JSON.stringify({ keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] })
  expect(problemsOf({ ...env, JWT_JWKS: keys })).toEqual(['JWT_JWKS has no key for EdDSA or ES256'])
})

test('addresses, origins and names that could never match are normalized or rejected', () => {
  const config = readEdgeConfig({
    ...env,
    UPSTASH_KAFKA_REST_URL: 'http://proxy:8082/',
    QUERY_URL: 'http://query:8090//',
    CORS_ORIGINS: 'HTTP://LocalHost:3000/',
  })
  expect(config).toMatchObject({
    proxy: { url: 'http://proxy:8082' },
    queryUrl: 'http://query:8090',
    origins: ['http://localhost:3000'],
  })
  const wrong = { JWT_ISSUER: 'issuer ', UPSTASH_KAFKA_REST_USERNAME: 'a:b', KAFKA_REQUEST_TOPIC: 'bookings' }
  expect(problemsOf({ ...env, ...wrong })).toEqual([
    'UPSTASH_KAFKA_REST_USERNAME must not contain a colon',
    'JWT_ISSUER must not begin or end with blanks',
    'KAFKA_REQUEST_TOPIC is bookings, which is another topic of Reservoir; choose another name',
  ])
})

test('the edge refuses publicly known secrets in production', () => {
  const trial = `trial:${TRIAL_COMMAND_SECRET}`
  for (const COMMAND_KEYS of [trial, `${env.COMMAND_KEYS},${trial}`]) {
    const known = { ...env, COMMAND_KEYS, UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev' }
    expect(problemsOf({ ...known, PROFILE: 'dev' })).toEqual([])
    expect(problemsOf(known)).toEqual([
      'UPSTASH_KAFKA_REST_PASSWORD contains a publicly known secret of trials; set your own',
      'COMMAND_KEYS contains a publicly known secret of trials; set your own',
    ])
  }
})
