import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TRIAL_COMMAND_SECRET } from '#platform/defaults.mjs'
import { composeFaults } from './compose-file.ts'

const FILE = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
const OUTSIDE = {
  JWT_JWKS: '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
}

describe('docker-compose.yml', () => {
  it('matches the schema of Compose, pins its images and gives our processes valid settings', () => {
    expect(composeFaults(FILE, OUTSIDE)).toEqual([])
  })

  it('has the key of trials that processes refuse in production, and so has k8s/trial', () => {
    const trial = readFileSync(new URL('../../k8s/trial/kustomization.yaml', import.meta.url), 'utf8')
    for (const text of [FILE, trial]) expect(text).toContain(`:${TRIAL_COMMAND_SECRET}`)
  })

  it('accepts other ports for the three servers', () => {
    const ports = { ZOOKEEPER_PORT: '12181', KAFKA_PORT: '19092', MONGODB_PORT: '37017' }
    const all = composeFaults(FILE, { ...OUTSIDE, ...ports }).join('\n')
    for (const [name, port] of Object.entries({ zookeeper: 12181, kafka: 19092, mongodb: 37017 }))
      expect(all).toContain(`${name}: it is published at ${port}`)
    expect(all).toContain('kafka: it does not advertise PLAINTEXT://kafka:29092,PLAINTEXT_HOST://localhost:9092')
  })

  it('has no edge and no processor without keys; both report the missing setting', () => {
    const all = composeFaults(FILE, {})
    expect(all).toHaveLength(4)
    for (const fault of all) expect(fault).toContain('JWT_JWKS or JWT_JWKS_URL is missing')
  })

  it.each<[what: string, from: string | RegExp, to: string, fault: string]>([
    [
      'a key that Compose does not know',
      'container_name: kafka',
      'containername: kafka',
      '/services/kafka must NOT have',
    ],
    ['a floating image tag', 'mongo:8.0.28', 'mongo:8', 'mongodb: its image mongo:8 is not pinned'],
    ['an image without a tag', 'confluentinc/cp-kafka:7.9.6', 'confluentinc/cp-kafka', 'kafka: its image'],
    [
      'another container name',
      'container_name: owner-service',
      'container_name: owner',
      'owner-service: its container',
    ],
    [
      'a port that the documents do not have',
      '5005:8787',
      '5006:8787',
      'traveler-service: it is published at 5004,5006',
    ],
    [
      'a port published on every interface',
      '127.0.0.1:5002:8787',
      '5002:8787',
      'owner-service: it is published at 5001,NaN',
    ],
    ['a port without a listener', "expose: ['8090']", "expose: ['8091']", 'processor: it listens on 8090, not on 8091'],
    [
      'a fixed port of a service that is scaled',
      '127.0.0.1:${PROXY_PORTS:-8082}',
      '127.0.0.1:8082',
      'proxy: it is published at a fixed',
    ],
    [
      'a published processor',
      "expose: ['8090']",
      "ports: ['127.0.0.1:8090:8090']",
      'processor: it is published at 8090',
    ],
    [
      'a container name of a service that is scaled',
      'image: reservoir/processor',
      'container_name: processor\n    image: reservoir/processor',
      'processor: its container is named processor',
    ],
    ['a misspelt variable', 'QUERY_URL', 'QUERY_URI', 'edge: no process of this kind reads QUERY_URI'],
    [
      'a variable of another process',
      'PROXY_PORT: 8082',
      'EDGE_PORT: 8082',
      'proxy: no process of this kind reads EDGE_PORT',
    ],
    ['an invalid value', 'PROFILE: dev', 'PROFILE: test', 'PROFILE must be dev or production'],
    ['Kafka without MongoDB', /MONGODB_URI: .*/, 'KAFKA_REPLICATION: 1', 'MONGODB_URI is missing'],
    [
      'a health check of another port',
      '/tcp/127.0.0.1/8082',
      '/tcp/127.0.0.1/8083',
      'proxy: its health check uses another address',
    ],
    ['no health check', / {4}healthcheck:\n.*OP_MSG(.*\n){9}/, '', 'mongodb: it has no health check'],
    [
      'a health check that starts Node',
      '- bash\n        - -c\n        - exec 3<>/dev/tcp/127.0.0.1/8787',
      '- node\n        - -c\n        - exec 3<>/dev/tcp/127.0.0.1/8787',
      'edge: its health check starts node',
    ],
    [
      'a Kafka that is not restarted',
      /x-server: &server\n {2}restart: on-failure/,
      'x-server: &server {}',
      'kafka: it is not restarted',
    ],
    [
      'an image that is built here and pulled',
      'pull_policy: build',
      'pull_policy: missing',
      'edge: its image is pulled',
    ],
    [
      'a key that docker-compose 1.29 does not know',
      'x-server:',
      'name: reservoir\n\nx-server:',
      'docker-compose 1.29 refuses name',
    ],
    [
      'an interval that docker-compose 1.29 does not know',
      'interval: 5s',
      'interval: 5s\n      start_interval: 1s',
      'zookeeper: docker-compose 1.29 refuses start_interval',
    ],
    [
      'a start before a dependency is healthy',
      'zookeeper: { condition: service_healthy }',
      'zookeeper: { condition: service_started }',
      'kafka: it does not wait',
    ],
    [
      'a dependency that does not exist',
      'proxy: { condition',
      'gateway: { condition',
      'edge: it depends on gateway, which does not exist',
    ],
    ['another target of the Dockerfile', 'target: processor', 'target: proxy', 'processor: it is built for proxy'],
    [
      'Kafka with an unreachable advertised address',
      'kafka:29092,',
      'localhost:29092,',
      'kafka: it does not advertise',
    ],
    ['a missing service', /\n {2}traveler-service:\n[^]*?\n\n/, '\n\n', 'the service traveler-service is missing'],
  ])('is rejected with %s', (_what, from, to, fault) => {
    const planted = FILE.replace(from, to)
    expect(planted).not.toBe(FILE)
    expect(composeFaults(planted, OUTSIDE).join('\n')).toContain(fault)
  })
})
