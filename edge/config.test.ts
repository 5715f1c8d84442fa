import { expect, test } from 'vitest'
import { readEdgeConfig } from './config.ts'
import { publicJwk } from './testing/edge.ts'

const env = {
  UPSTASH_KAFKA_REST_URL: 'http://localhost:8082',
  UPSTASH_KAFKA_REST_USERNAME: 'name',
  UPSTASH_KAFKA_REST_PASSWORD: 'word',
  QUERY_URL: 'http://localhost:8090/',
  JWT_ISSUER: 'issuer',
  JWT_AUDIENCE: 'audience',
  JWT_JWKS: JSON.stringify({ keys: [publicJwk] }),
}

test('what is needed is enough', () => {
  expect(readEdgeConfig(env)).toMatchObject({
    port: 8787,
    proxy: { url: 'http://localhost:8082', username: 'name', password: 'word', topic: 'booking-requests' },
    queryUrl: 'http://localhost:8090',
    allowPastDates: false,
  })
})

test('dates that have passed are for development, or for whoever asks for them', () => {
  expect(readEdgeConfig({ ...env, PROFILE: 'dev' }).allowPastDates).toBe(true)
  expect(readEdgeConfig({ ...env, PROFILE: 'dev', ALLOW_PAST_DATES: 'false' }).allowPastDates).toBe(false)
  expect(readEdgeConfig({ ...env, ALLOW_PAST_DATES: 'true' }).allowPastDates).toBe(true)
})

test('every problem is named at once', () => {
  const read = () => readEdgeConfig({ EDGE_PORT: 'eighty', QUERY_URL: 'nowhere' })
  for (const name of ['EDGE_PORT', 'UPSTASH_KAFKA_REST_URL', 'QUERY_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS']) {
    expect(read).toThrow(name)
  }
})

test('keys that are none are refused', () => {
  expect(() => readEdgeConfig({ ...env, JWT_JWKS: '{"keys":[]}' })).toThrow('JWT_JWKS is not a JSON Web Key Set')
})
