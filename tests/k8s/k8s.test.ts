import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionsOf } from './connections.ts'
import { mounted, workload } from './mounted.ts'
import { manualContent } from './manual-content.ts'
import { PROCESSES, processOf } from './processes.ts'
import { K8S, makeSecrets, overlayFolder, OVERLAYS, render } from './render.ts'
import { ofKind, type Resource, workloads } from './resource.ts'
import { breachesIn } from './rules.ts'
import { schemaCheck } from './schema.ts'
import { findTools, type Tools } from './tools.ts'

const found = await findTools()
const lack = 'lack' in found ? found.lack : undefined

test.runIf(process.env['CI'])('kubectl and the schemas are installed', () => {
  expect(lack).toBeUndefined()
})

/** A public key in the form that `jose` exports. */
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

  const resourcesOf = (overlay: string): Resource[] => rendered.get(overlay)!
  const names = (overlay: string, kind: string): string[] =>
    ofKind(resourcesOf(overlay), kind).map(({ metadata }) => metadata.name)

  describe.each(Object.entries(OVERLAYS))('%s', (overlay, manualKeys) => {
    test('matches the schemas of Kubernetes, without unknown fields', () => {
      expect(schemaCheck((found as Tools).schemas)(resourcesOf(overlay))).toEqual([])
    })

    test('breaks no rule of this project', () => {
      expect(
        breachesIn(
          resourcesOf(overlay),
          overlay.startsWith('production') ? [...manualKeys, ...madeSecrets] : manualKeys,
        ),
      ).toEqual([])
    })

    test('gives each process valid settings', () => {
      const content = manualContent(join(folder, 'secrets'), JWKS)
      const ours = workloads(resourcesOf(overlay)).filter(({ pod }) => processOf(pod.containers[0]!))
      expect(ours.length).toBeGreaterThanOrEqual(3)
      for (const one of ours) {
        const { env } = mounted(one, resourcesOf(overlay), {
          folder: mkdtempSync(join(folder, 'pod-')),
          manualContent: content,
        })
        expect(() => PROCESSES[processOf(one.pod.containers[0]!)!].read(env), one.title).not.toThrow()
      }
    })

    test('has the documented ConfigMap, which our services and the topics job read', () => {
      const data = ofKind(resourcesOf(overlay), 'ConfigMap').find(
        ({ metadata }) => metadata.name === 'kafka-config',
      )?.data
      expect(data).toMatchObject({ KAFKA_REQUEST_TOPIC: 'booking-requests', KAFKA_RESPONSE_TOPIC: 'booking-updates' })
      const readers = workloads(resourcesOf(overlay)).filter(
        ({ pod }) => processOf(pod.containers[0]!) || pod.containers[0]!.name === 'topics',
      )
      for (const { pod, title } of readers) {
        expect(pod.containers[0]!.envFrom, title).toContainEqual({ configMapRef: { name: 'kafka-config' } })
      }
    })

    test('has Kafka and ZooKeeper as StatefulSets with the documented names', () => {
      expect(names(overlay, 'StatefulSet')).toEqual(expect.arrayContaining(['kafka', 'zookeeper']))
      const kafka = ofKind(resourcesOf(overlay), 'Service').find(({ metadata }) => metadata.name === 'kafka')
      expect(kafka?.spec?.['ports']).toMatchObject([{ port: 9092 }, { port: 29092 }])
    })
  })

  test('the files for Kafka have the names of airbnb’s document', () => {
    for (const name of ['zookeeper', 'kafka', 'configmap']) readFileSync(join(K8S, 'kafka', `${name}.yaml`))
  })

  test('each overlay has the documented namespace', () => {
    const namespaces = Object.keys(OVERLAYS).map((name) => [name, ...names(name, 'Namespace')])
    expect(namespaces).toEqual([
      ['dev', 'reservoir-dev'],
      ['airbnb-clone', 'airbnb-clone'],
      ['airbnb-lab2', 'airbnb-lab2'],
      ['hostly', 'hostly'],
      ['production', 'reservoir'],
      ['production-traefik', 'reservoir'],
      ['production-public', 'reservoir'],
    ])
  })

  test('airbnb-clone has the four documented deployments with two replicas and their ports', () => {
    const ports = Object.fromEntries(
      ofKind(resourcesOf('airbnb-clone'), 'Service').map(({ metadata, spec }) => [
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
      const scaler = ofKind(resourcesOf('airbnb-clone'), 'HorizontalPodAutoscaler').find(
        ({ metadata }) => metadata.name === name,
      )
      expect(scaler?.spec?.['minReplicas']).toBe(2)
    }
  })

  test('in each trial, the embedded payment gateway of the processor sends its webhooks to an edge', () => {
    const trials = Object.keys(OVERLAYS).filter((name) => !name.startsWith('production'))
    for (const name of trials) {
      const connections = connectionsOf(workloads(resourcesOf(name)), resourcesOf(name))
      const targets = connections.filter(({ from }) => from.title === 'Deployment processor').map(({ to }) => to.labels)
      expect(targets, name).toContainEqual(expect.objectContaining({ 'app.kubernetes.io/name': 'edge' }))
    }
  })

  test('airbnb-lab2 has the pod whose Kafka the document inspects', () => {
    const { pod } = workload(resourcesOf('airbnb-lab2'), 'Pod', 'kafka-pod')
    expect(pod.containers.map(({ name }) => name)).toEqual(['kafka', 'forward'])
  })

  test('hostly’s selectors find Kafka and the backend; its ConfigMap has KAFKA_BROKER only', () => {
    const found = (app: string) => workloads(resourcesOf('hostly')).filter(({ labels }) => labels['app'] === app)
    expect(found('kafka').map(({ title }) => title)).toEqual(['StatefulSet kafka'])
    expect(found('backend').map(({ title }) => title)).toContain('Deployment processor')
    const config = ofKind(resourcesOf('hostly'), 'ConfigMap').find(({ metadata }) => metadata.name === 'kafka-config')
    expect(config?.data).toMatchObject({ KAFKA_BROKER: 'kafka:9092' })
    expect(config?.data).not.toHaveProperty('KAFKA_BROKERS')
  })

  test('production runs every role, and each process has its own Kafka user', () => {
    const ours = workloads(resourcesOf('production')).flatMap(({ pod: { containers } }) =>
      containers.map(({ env = [] }) => env),
    )
    const values = (name: string) =>
      ours.flatMap((env) => env.filter((one) => one.name === name).map(({ value }) => value))
    expect(values('PROCESSOR_ROLES')).toEqual(['decisions,timer,billing', 'none', 'views,notifications,analytics'])
    expect(values('KAFKA_SASL_USERNAME')).toEqual(['decisions', 'proxy', 'query', 'sinks'])
  })

  test('production has replication factor 3 and at least 2 in-sync replicas', () => {
    const settings = ofKind(resourcesOf('production'), 'ConfigMap').find(({ metadata }) =>
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
      expect(workload(resourcesOf('production'), 'StatefulSet', name).resource.spec?.['replicas']).toBe(3)
  })

  test('ZooKeepers of production identify their peers by certificate, not by reverse DNS', () => {
    const settings = ofKind(resourcesOf('production'), 'ConfigMap').find(({ metadata }) =>
      metadata.name.startsWith('zookeeper-settings'),
    )
    const lines = settings!.data!['zookeeper.properties']!.split('\n')
    expect(lines).toEqual(
      expect.arrayContaining(['ssl.quorum.hostnameVerification=false', 'quorumListenOnAllIPs=true']),
    )
  })

  test('secrets.sh without MONGODB_URI fails and creates nothing', async () => {
    const place = join(folder, 'no-uri')
    const error = await makeSecrets(place, { MONGODB_URI: '' }).catch(
      (failure: { code: number; stderr: string }) => failure,
    )
    expect(error).toMatchObject({ code: 1, stderr: expect.stringContaining('MONGODB_URI: is missing') })
    expect(existsSync(place)).toBe(false)
  })

  test('every file that secrets.sh creates is used', () => {
    const text = JSON.stringify(resourcesOf('production'))
    const unused = madeSecrets.filter((line) => !text.includes(`"secretName":"${line.split(' ')[1]}"`))
    expect(unused).toEqual([])
  })
})

describe('the forwarder of lab2’s pod', () => {
  test('forwards connections to another port', async () => {
    const target = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(target, 'listening')
    const { port } = target.address() as AddressInfo
    const script = join(overlayFolder('airbnb-lab2'), 'forward.mjs')
    const child = spawn(process.execPath, [script, '0', '127.0.0.1', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [output] = (await once(child.stdout, 'data')) as [Buffer]
    const client = connect(Number(/listens on (\d+)/.exec(output.toString())![1]), '127.0.0.1')
    client.write('hello')
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(answer.toString()).toBe('hello')
    client.destroy()
    child.kill()
    await once(child, 'exit')
    target.close()
  })
})
