import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { EDGE_VARIABLES } from '#edge/config.ts'
import { PROCESSOR_VARIABLES } from '#processor/config.ts'
import { PROXY_VARIABLES, readProxyConfig } from '#proxy/config.ts'
import { LOCAL_VARIABLES, readLocalConfig, withoutServers } from './config.ts'

test('.env.example has every setting with its default', () => {
  const example = parseEnv(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')) as Record<
    string,
    string
  >
  expect(readLocalConfig(example)).toEqual(readLocalConfig({}))
  const PROFILE = 'dev'
  const credentials = {
    PROFILE,
    UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
    UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev',
  }
  expect(readProxyConfig({ ...example, PROFILE })).toEqual(readProxyConfig(credentials))
  const known = new Set([...LOCAL_VARIABLES, ...EDGE_VARIABLES, ...PROXY_VARIABLES, ...PROCESSOR_VARIABLES])
  expect(Object.keys(example).sort()).toEqual([...known].sort())
})

test('the error names every problem at once', () => {
  const env = {
    PROFILE: 'prod',
    EDGE_PORT: 'abc',
    CORS_ORIGINS: 'foo',
    PROXY_PORT: '65536',
    PROCESSOR_ROLES: 'decisions,cooking',
    ALLOW_PAST_DATES: 'perhaps',
  }
  expect(() => readLocalConfig({ ...env, RATE_LIMIT_PER_MINUTE: '1.5' })).toThrow(
    [
      'Reservoir cannot start with this environment:',
      '  PROFILE must be dev or production',
      '  EDGE_PORT must be a port from 0 (any free port) to 65535, not abc',
      '  PROXY_PORT must be a port from 0 (any free port) to 65535, not 65536',
      '  PROCESSOR_ROLES must be "all", "none", or some of decisions, views, notifications, analytics, timer, billing, with commas between',
      '  ALLOW_PAST_DATES must be true or false',
      '  CORS_ORIGINS has foo, which is not an origin; write scheme://host, such as http://localhost:5173',
      '  RATE_LIMIT_PER_MINUTE must be a number of requests (0: no limit), not 1.5',
    ].join('\n'),
  )
})

test('a setting selects the groups by name', () => {
  expect(readLocalConfig({ PROCESSOR_ROLES: 'none' }).PROCESSOR_ROLES).toEqual([])
  expect(readLocalConfig({ PROCESSOR_ROLES: 'views, analytics' }).PROCESSOR_ROLES).toEqual(['views', 'analytics'])
  expect(readLocalConfig({ PROCESSOR_ROLES: '' }).PROCESSOR_ROLES).toHaveLength(6)
})

test('withoutServers removes the settings of servers, and keeps DATA_DIR', () => {
  const env = { KAFKA_BROKERS: 'nonsense', KAFKA_SSL_CA: 'nowhere', MONGODB_URI: 'nonsense', DATA_DIR: 'here', A: 'a' }
  expect(withoutServers(env)).toEqual({ DATA_DIR: 'here', A: 'a' })
})

test('the error names settings that share a port, also with a default', () => {
  expect(() => readLocalConfig({ EDGE_PORT: '8082' })).toThrow(
    'EDGE_PORT and PROXY_PORT are both 8082; set different ports',
  )
  expect(readLocalConfig({ EDGE_PORT: '0', PROXY_PORT: '0' })).toMatchObject({ EDGE_PORT: 0, PROXY_PORT: 0 })
})
