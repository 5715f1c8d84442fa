import { expect, test } from 'vitest'
import { readProxyConfig } from './config.ts'

const env = { UPSTASH_KAFKA_REST_USERNAME: 'proxy', UPSTASH_KAFKA_REST_PASSWORD: 'secret' }

test('the configuration has defaults for all but the credentials', () => {
  const credentials = { username: 'proxy', password: 'secret' }
  expect(readProxyConfig(env)).toEqual({ port: 8082, credentials, dataDir: '.data' })
  expect(readProxyConfig({ ...env, PROXY_PORT: '0', DATA_DIR: '/data' })).toMatchObject({ port: 0, dataDir: '/data' })
})

test('the configuration names every problem at once', () => {
  for (const name of ['PROXY_PORT', 'UPSTASH_KAFKA_REST_USERNAME', 'UPSTASH_KAFKA_REST_PASSWORD']) {
    expect(() => readProxyConfig({ UPSTASH_KAFKA_REST_USERNAME: 'a:b', PROXY_PORT: 'many' })).toThrow(name)
  }
})
