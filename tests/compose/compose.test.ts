import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { complaints } from './compose-file.ts'

const FILE = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
const OUTSIDE = {
  JWT_JWKS: '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
}

describe('docker-compose.yml', () => {
  it('follows the schema of Compose, pins its images, and starts processes that understand their environment', () => {
    expect(complaints(FILE, OUTSIDE)).toEqual([])
  })

  it('takes other ports for the three servers', () => {
    const ports = { ZOOKEEPER_PORT: '12181', KAFKA_PORT: '19092', MONGODB_PORT: '37017' }
    const all = complaints(FILE, { ...OUTSIDE, ...ports }).join('\n')
    for (const [name, port] of Object.entries({ zookeeper: 12181, kafka: 19092, mongodb: 37017 }))
      expect(all).toContain(`${name}: it is published at ${port}`)
    expect(all).toContain('kafka: it does not advertise PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092')
  })

  it('starts no edge and no processor without keys, and both say so', () => {
    const all = complaints(FILE, {})
    expect(all).toHaveLength(4)
    for (const complaint of all) expect(complaint).toContain('JWT_JWKS or JWT_JWKS_URL is missing')
  })

  it.each<[what: string, from: string | RegExp, to: string, complaint: string]>([
    [
      'a key that Compose does not know',
      'container_name: kafka',
      'containername: kafka',
      '/services/kafka must NOT have',
    ],
    ['an image that moves', 'mongo:8.0.12', 'mongo:8', 'mongodb: its image mongo:8 is not pinned'],
    ['an image without a tag', 'confluentinc/cp-kafka:7.9.2', 'confluentinc/cp-kafka', 'kafka: its image'],
    [
      'another container name',
      'container_name: owner-service',
      'container_name: owner',
      'owner-service: its container',
    ],
    ['a port that the documents do not have', '5005:8787', '5006:8787', 'traveler-service: it is published at 5006'],
    ['a port for all the world', '127.0.0.1:8082:8082', '8082:8082', 'proxy: it is published at NaN'],
    ['a port where nobody listens', '8090:8090', '8090:8091', 'processor: it listens on 8090, not on 8091'],
    ['a misspelt variable', 'QUERY_URL', 'QUERY_URI', 'edge: no process of this kind knows QUERY_URI'],
    [
      'a variable of another process',
      'PROXY_PORT: 8082',
      'EDGE_PORT: 8082',
      'proxy: no process of this kind knows EDGE_PORT',
    ],
    ['a value that is refused', 'PROFILE: dev', 'PROFILE: test', 'PROFILE must be dev or production'],
    ['Kafka without MongoDB', /MONGODB_URI: .*/, 'KAFKA_REPLICATION: 1', 'MONGODB_URI is missing'],
    ['a health question to another port', '8082/readyz', '8083/readyz', 'proxy: its health is asked elsewhere'],
    ['no health condition', /healthcheck:\n.*mongosh.*\n.*\n.*\n.*\n/, '', 'mongodb: it has no health condition'],
    [
      'a start before its time',
      'zookeeper: { condition: service_healthy }',
      'zookeeper: { condition: service_started }',
      'kafka: it does not wait',
    ],
    [
      'a need that is nowhere',
      'proxy: { condition',
      'gateway: { condition',
      'edge: it needs gateway, which is not there',
    ],
    ['another target of the Dockerfile', 'target: processor', 'target: proxy', 'processor: it is built for proxy'],
    [
      'Kafka that names an address nobody else knows',
      'kafka:29092,',
      'localhost:29092,',
      'kafka: it does not advertise',
    ],
    [
      'a service that is missing',
      /\n {2}traveler-service:\n[^]*?\n\n/,
      '\n\n',
      'the service traveler-service is missing',
    ],
  ])('does not pass with %s', (_what, from, to, complaint) => {
    const planted = FILE.replace(from, to)
    expect(planted).not.toBe(FILE)
    expect(complaints(planted, OUTSIDE).join('\n')).toContain(complaint)
  })
})
