import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mounted, workload } from './mounted.ts'
import { madeByHand } from './manual-content.ts'
import { PROCESSES, processOf } from './processes.ts'
import { K8S, makeSecrets, overlayFolder, OVERLAYS, render } from './render.ts'
import { ofKind, type Resource, workloads } from './resource.ts'
import { breachesIn } from './rules.ts'
import { schemaCheck } from './schema.ts'
import { findTools, type Tools } from './tools.ts'

const found = await findTools()
const lack = 'lack' in found ? found.lack : undefined

test.runIf(process.env['CI'])('kubectl and the schemas are there', () => {
  expect(lack).toBeUndefined()
})

/** As `jose` exports a public key. */
const JWKS = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', alg: 'EdDSA' }] }

describe.skipIf(lack !== undefined)(`k8s${lack === undefined ? '' : `: ${lack}`}`, () => {
  let folder: string
  let madeSecrets: string[]
  const rendered = new Map<string, Resource[]>()
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reservoir-k8s-'))
    madeSecrets = await makeSecrets(join(folder, 'secrets'))
    for (const name of Object.keys(OVERLAYS)) rendered.set(name, await render(found as Tools, overlayFolder(name)))
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const of = (overlay: string): Resource[] => rendered.get(overlay)!
  const names = (overlay: string, kind: string): string[] =>
    ofKind(of(overlay), kind).map(({ metadata }) => metadata.name)

  describe.each(Object.entries(OVERLAYS))('%s', (overlay, byHand) => {
    test('is what Kubernetes takes, to the last field', () => {
      expect(schemaCheck((found as Tools).schemas)(of(overlay))).toEqual([])
    })

    test('breaks none of the rules that no schema knows', () => {
      expect(breachesIn(of(overlay), overlay.startsWith('production') ? [...byHand, ...madeSecrets] : byHand)).toEqual(
        [],
      )
    })

    test('gives each process an environment that it starts with', () => {
      const outside = madeByHand(join(folder, 'secrets'), JWKS)
      const ours = workloads(of(overlay)).filter(({ pod }) => processOf(pod.containers[0]!))
      expect(ours.length).toBeGreaterThanOrEqual(3)
      for (const one of ours) {
        const { env } = mounted(one, of(overlay), { folder: mkdtempSync(join(folder, 'pod-')), outside })
        expect(() => PROCESSES[processOf(one.pod.containers[0]!)!].read(env), one.title).not.toThrow()
      }
    })

    test('has the ConfigMap of the documents, which every service of ours and every job reads', () => {
      const data = ofKind(of(overlay), 'ConfigMap').find(({ metadata }) => metadata.name === 'kafka-config')?.data
      expect(data).toMatchObject({ KAFKA_REQUEST_TOPIC: 'booking-requests', KAFKA_RESPONSE_TOPIC: 'booking-updates' })
      const readers = workloads(of(overlay)).filter(
        ({ pod }) => processOf(pod.containers[0]!) || pod.containers[0]!.name === 'topics',
      )
      for (const { pod, title } of readers) {
        expect(pod.containers[0]!.envFrom, title).toContainEqual({ configMapRef: { name: 'kafka-config' } })
      }
    })

    test('has Kafka and ZooKeeper as StatefulSets under the documented names', () => {
      expect(names(overlay, 'StatefulSet')).toEqual(expect.arrayContaining(['kafka', 'zookeeper']))
      const kafka = ofKind(of(overlay), 'Service').find(({ metadata }) => metadata.name === 'kafka')
      expect(kafka?.spec?.['ports']).toMatchObject([{ port: 9092 }, { port: 29092 }])
    })
  })

  test('its files for Kafka are named as airbnb’s document has them', () => {
    for (const name of ['zookeeper', 'kafka', 'configmap']) readFileSync(join(K8S, 'kafka', `${name}.yaml`))
  })

  test('each overlay has the namespace of its document', () => {
    const namespaces = Object.keys(OVERLAYS).map((name) => [name, ...names(name, 'Namespace')])
    expect(namespaces).toEqual([
      ['dev', 'reservoir-dev'],
      ['airbnb-clone', 'airbnb-clone'],
      ['airbnb-lab2', 'airbnb-lab2'],
      ['hostly', 'hostly'],
      ['production', 'reservoir'],
      ['production-public', 'reservoir'],
    ])
  })

  test('airbnb-clone has the document’s four deployments, each twice and at its port', () => {
    const ports = Object.fromEntries(
      ofKind(of('airbnb-clone'), 'Service').map(({ metadata, spec }) => [
        metadata.name,
        (spec!['ports'] as { port: number }[])[0]!.port,
      ]),
    )
    expect(ports).toMatchObject({
      'traveler-service': 5005,
      'owner-service': 5002,
      'property-service': 5003,
      'booking-service': 5004,
    })
    for (const name of ['traveler-service', 'owner-service', 'property-service', 'booking-service']) {
      expect(names('airbnb-clone', 'Deployment')).toContain(name)
      const scaler = ofKind(of('airbnb-clone'), 'HorizontalPodAutoscaler').find(
        ({ metadata }) => metadata.name === name,
      )
      expect(scaler?.spec?.['minReplicas']).toBe(2)
    }
  })

  test('airbnb-lab2 has the pod in which the document looks at Kafka', () => {
    const { pod } = workload(of('airbnb-lab2'), 'Pod', 'kafka-pod')
    expect(pod.containers.map(({ name }) => name)).toEqual(['kafka', 'forward'])
  })

  test('hostly’s selectors find Kafka and the backend, and its ConfigMap says KAFKA_BROKER alone', () => {
    const found = (app: string) => workloads(of('hostly')).filter(({ labels }) => labels['app'] === app)
    expect(found('kafka').map(({ title }) => title)).toEqual(['StatefulSet kafka'])
    expect(found('backend').map(({ title }) => title)).toContain('Deployment processor')
    const config = ofKind(of('hostly'), 'ConfigMap').find(({ metadata }) => metadata.name === 'kafka-config')
    expect(config?.data).toMatchObject({ KAFKA_BROKER: 'kafka:9092' })
    expect(config?.data).not.toHaveProperty('KAFKA_BROKERS')
  })

  test('production runs each role somewhere, and each part comes to Kafka under a name of its own', () => {
    const ours = workloads(of('production')).flatMap(({ pod: { containers } }) => containers.map(({ env = [] }) => env))
    const values = (name: string) =>
      ours.flatMap((env) => env.filter((one) => one.name === name).map(({ value }) => value))
    expect(values('PROCESSOR_ROLES')).toEqual(['decisions', 'none', 'views,notifications,analytics'])
    expect(values('KAFKA_SASL_USERNAME')).toEqual(['decisions', 'proxy', 'query', 'sinks'])
  })

  test('production keeps everything three times, two of which have it before it is acknowledged', () => {
    const settings = ofKind(of('production'), 'ConfigMap').find(({ metadata }) =>
      metadata.name.startsWith('kafka-settings'),
    )
    const lines = settings!.data!['server.properties']!.split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'default.replication.factor=3',
        'min.insync.replicas=2',
        'offsets.topic.replication.factor=3',
        'unclean.leader.election.enable=false',
        'allow.everyone.if.no.acl.found=false',
      ]),
    )
    for (const name of ['kafka', 'zookeeper'])
      expect(workload(of('production'), 'StatefulSet', name).resource.spec?.['replicas']).toBe(3)
  })

  test('every file that secrets.sh makes is used', () => {
    const text = JSON.stringify(of('production'))
    const unused = madeSecrets.filter((line) => !text.includes(`"secretName":"${line.split(' ')[1]}"`))
    expect(unused).toEqual([])
  })
})

describe('the forwarder of lab2’s pod', () => {
  test('answers at its port with what another one answers', async () => {
    const far = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(far, 'listening')
    const { port } = far.address() as AddressInfo
    const script = join(overlayFolder('airbnb-lab2'), 'forward.mjs')
    const child = spawn(process.execPath, [script, '0', '127.0.0.1', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const near = connect(Number(/listens on (\d+)/.exec(said.toString())![1]), '127.0.0.1')
    near.write('to and fro')
    const [answer] = (await once(near, 'data')) as [Buffer]
    expect(answer.toString()).toBe('to and fro')
    near.destroy()
    child.kill()
    await once(child, 'exit')
    far.close()
  })
})
