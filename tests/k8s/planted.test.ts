/** Each rule finds a planted error: a check that cannot fail proves nothing. */
import { beforeAll, describe, expect, test } from 'vitest'
import { overlayFolder, OVERLAYS, parse, render } from './render.ts'
import type { Container, PodSpec, Resource } from './resource.ts'
import { breachesIn } from './rules.ts'
import { schemaCheck } from './schema.ts'
import { findTools, type Tools } from './tools.ts'

const found = await findTools()

/** Plants an error in the resources, in place. */
type Plant = (resources: Resource[]) => void

const at =
  (title: string, change: (resource: Resource) => void): Plant =>
  (resources) => {
    const matching = resources.filter(
      ({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[\da-z]{10}$/, '')}` === title,
    )
    if (matching.length !== 1) throw new Error(`there are ${matching.length} resources ${title}`)
    change(matching[0]!)
  }

/** A spec whose fields may be set freely. */
type Spec = Record<string, unknown> & {
  template: { spec: PodSpec & Record<string, unknown>; metadata: { labels: Record<string, string> } }
}
const spec = (title: string, change: (spec: Spec) => void): Plant =>
  at(title, (resource) => change(resource.spec as Spec))
const pod = (title: string, change: (pod: PodSpec & Record<string, unknown>) => void): Plant =>
  spec(title, ({ template }) => change(template.spec))
const container = (title: string, change: (container: Container) => void): Plant =>
  pod(title, ({ containers }) => change(containers[0]!))
const without =
  (title: string): Plant =>
  (resources) => {
    at(title, () => {})(resources)
    const index = resources.findIndex(
      ({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[\da-z]{10}$/, '')}` === title,
    )
    resources.splice(index, 1)
  }
const egressRule = (title: string, change: (rule: { to: object[]; ports: { port: number }[] }) => void): Plant =>
  spec(title, (policy) => change((policy['egress'] as Parameters<typeof change>)[0]))
const ingressRule = (title: string, change: (rule: { from: object[]; ports: { port: number }[] }) => void): Plant =>
  spec(title, (policy) => change((policy['ingress'] as Parameters<typeof change>)[0]))

/** Changes the paths that the Ingress of the edge publishes. */
const publish = (change: (paths: PublishedPath[]) => void): Plant =>
  spec('Ingress edge', (ingress) => change((ingress['rules'] as { http: { paths: PublishedPath[] } }[])[0]!.http.paths))

interface PublishedPath {
  path: string
  pathType: string
  backend: { service: { name: string } }
}

const EDGE = 'Deployment edge'

const RULES: [planted: string, plant: Plant, expected: RegExp][] = [
  ['a missing ConfigMap', without('ConfigMap reservoir-config'), /there is no ConfigMap reservoir-config/],
  ['a missing Secret', without('Secret proxy-credentials'), /there is no Secret proxy-credentials/],
  [
    'a missing key of a Secret',
    at('Secret proxy-credentials', (target) => (target.data = { other: '' })),
    /Secret proxy-credentials.* has no env/,
  ],
  [
    'a missing script of a ConfigMap',
    at('ConfigMap kafka-settings', ({ data }) => delete data!['probe.sh']),
    /StatefulSet kafka: the ConfigMap kafka-settings.* has no probe\.sh/,
  ],
  [
    'a missing item of a Secret',
    at('Secret mongodb', ({ data }) => delete data!['password']),
    /StatefulSet mongodb: the Secret mongodb.* has no password/,
  ],
  [
    'a variable from a missing key of a ConfigMap',
    container(
      EDGE,
      (target) =>
        (target.env = [
          { name: 'QUERY_URL', valueFrom: { configMapKeyRef: { name: 'reservoir-config', key: 'QUERRY' } } },
        ]),
    ),
    /ConfigMap reservoir-config has no QUERRY/,
  ],
  ['a mount without a volume', pod(EDGE, (target) => (target.volumes = [])), /Deployment edge: there is no volume tmp/],
  [
    'a volume without a mount',
    container(EDGE, (target) => target.volumeMounts!.pop()),
    /Deployment edge: nothing mounts the volume tmp/,
  ],
  [
    'a Service without pods',
    spec('Service edge', (target) => (target['selector'] = { app: 'egde' })),
    /Service edge: selects no pods/,
  ],
  [
    'a Service to a missing port of its pods',
    container(EDGE, (target) => (target.ports![0]!.name = 'web')),
    /Service edge: Deployment edge has no port http/,
  ],
  ['an Ingress without a Service', without('Service edge'), /Ingress edge: there is no Service edge/],
  ['an autoscaler without a target', without(EDGE), /HorizontalPodAutoscaler edge: there is no Deployment edge/],
  [
    'replicas set beside an autoscaler',
    spec(EDGE, (target) => (target['replicas'] = 2)),
    /would be reset by each apply/,
  ],
  [
    'a StatefulSet without its headless Service',
    without('Service kafka-brokers'),
    /StatefulSet kafka: there is no headless Service kafka-brokers/,
  ],
  [
    'a selector that misses its pods',
    spec(EDGE, ({ template }) => (template.metadata.labels['app.kubernetes.io/name'] = 'egde')),
    /its selector does not select its pods/,
  ],
  [
    'a selector that also selects other pods',
    spec(EDGE, (target) => (target['selector'] = {})),
    /its selector selects the pods of Deployment proxy, too/,
  ],
  [
    'a spread constraint for other pods',
    pod(EDGE, (target) => (target.topologySpreadConstraints![0]!.labelSelector = { matchLabels: { a: 'b' } })),
    /Deployment edge: its spread constraint selects other pods/,
  ],
  [
    'a namespace without the default-deny policy',
    without('NetworkPolicy default-deny'),
    /Deployment proxy: no policy restricts its|Job topics: no policy restricts its Ingress/,
  ],
  ['no DNS', without('NetworkPolicy everyone-to-dns'), /Deployment edge: must be allowed to use DNS/],
  [
    'a connection without an egress rule',
    without('NetworkPolicy edge-to-proxy'),
    /Deployment edge to Deployment proxy on 8082: egress is denied/,
  ],
  [
    'an Ingress of everything',
    publish((paths) => Object.assign(paths[0]!, { path: '/', pathType: 'Prefix' })),
    /Ingress edge: publishes \/metrics of edge/,
  ],
  [
    'a route that no Ingress publishes',
    publish((paths) => paths.splice(1, 1)),
    /Ingress edge: does not publish \/v1\/bookings/,
  ],
  [
    'a published route of the proxy',
    publish((paths) => (paths[0]!.backend.service.name = 'proxy')),
    /Ingress edge: publishes Exact \/ of proxy, not only Exact \/produce/,
  ],
  [
    'a connection without an ingress rule',
    without('NetworkPolicy kafka-from-processor'),
    /Deployment processor to StatefulSet kafka on 29092: ingress is denied/,
  ],
  [
    'a connection to a closed port',
    egressRule('NetworkPolicy kafka-to-zookeeper', ({ ports }) => (ports[0]!.port = 2888)),
    /StatefulSet kafka to StatefulSet zookeeper on 2181: egress is denied/,
  ],
  [
    'brokers that cannot reach each other',
    without('NetworkPolicy kafka-from-kafka'),
    /StatefulSet kafka to StatefulSet kafka on 9093: ingress is denied/,
  ],
  [
    'an address with a port that the Service lacks',
    at('ConfigMap reservoir-config', ({ data }) => (data!['QUERY_URL'] = 'http://processor:8091')),
    /on 8091: the Service has no such port/,
  ],
  [
    'an Ingress without an ingress rule',
    without('NetworkPolicy edge-from-ingress'),
    /Ingress to Deployment edge on 8787: ingress is denied/,
  ],
  [
    'a policy without pods',
    spec('NetworkPolicy edge-to-proxy', (target) => (target['podSelector'] = { matchLabels: { a: 'b' } })),
    /NetworkPolicy edge-to-proxy: selects no pods/,
  ],
  [
    'a policy whose peers are no pods',
    egressRule('NetworkPolicy edge-to-proxy', (rule) => (rule.to = [{ podSelector: { matchLabels: { a: 'b' } } }])),
    /NetworkPolicy edge-to-proxy: its peers select no pods/,
  ],
  [
    'a policy for a port that no container has',
    ingressRule('NetworkPolicy proxy-from-edge', ({ ports }) => (ports[0]!.port = 8081)),
    /NetworkPolicy proxy-from-edge: no container has the port 8081/,
  ],
  [
    'a misspelled variable',
    container(EDGE, (target) => (target.env = [{ name: 'QUERRY_URL', value: 'x' }])),
    /Deployment edge, edge: no process reads QUERRY_URL/,
  ],
  [
    'a misspelled variable in a ConfigMap',
    at('ConfigMap kafka-config', ({ data }) => (data!['KAFKA_BORKERS'] = 'x')),
    /no process reads KAFKA_BORKERS/,
  ],
  [
    'a misspelled variable in a Secret',
    at('Secret proxy-credentials', ({ data }) => (data!['env'] = Buffer.from('UPSTASH=1').toString('base64'))),
    /no process reads UPSTASH$/,
  ],
  [
    'a container without a liveness probe',
    container(EDGE, (target) => delete target.livenessProbe),
    /edge: has no livenessProbe/,
  ],
  [
    'a container without a startup probe',
    container('StatefulSet kafka', (target) => delete target.startupProbe),
    /kafka: has no startupProbe/,
  ],
  [
    'a liveness probe that only checks a port',
    container('StatefulSet kafka', (target) => (target.livenessProbe = { tcpSocket: { port: 9092 } })),
    /only checks an open port/,
  ],
  [
    'a probe of a missing port',
    container(EDGE, (target) => (target.readinessProbe!.httpGet!.port = 80)),
    /uses a port that the container lacks/,
  ],
  [
    'a liveness probe equal to the readiness probe',
    container(EDGE, (target) => (target.livenessProbe = target.readinessProbe)),
    /would restart whenever it is not ready/,
  ],
  [
    'a grace period shorter than the drain',
    pod('Deployment processor', (target) => (target.terminationGracePeriodSeconds = 30)),
    /Deployment processor: is killed after 30 s/,
  ],
  [
    'a namespace that enforces no Pod Security',
    at('Namespace reservoir-dev', ({ metadata }) => (metadata.labels = {})),
    /does not enforce the restricted Pod Security/,
  ],
  [
    'a resource in another namespace',
    at('Service edge', ({ metadata }) => (metadata.namespace = 'default')),
    /Service edge: is not in reservoir-dev/,
  ],
  ['the host network', pod(EDGE, (target) => (target.hostNetwork = true)), /Deployment edge: has hostNetwork/],
  [
    'a host folder',
    pod(EDGE, (target) => target.volumes!.push({ name: 'tmp', hostPath: { path: '/' } })),
    /has a type that restricted pods must not use/,
  ],
  [
    'a service account token',
    pod(EDGE, (target) => delete target.automountServiceAccountToken),
    /mounts a service account token/,
  ],
  ['a pod as root', pod(EDGE, (target) => (target.securityContext!.runAsUser = 0)), /Deployment edge: may run as root/],
  [
    'a pod without a seccomp profile',
    pod(EDGE, (target) => delete target.securityContext!.seccompProfile),
    /has no seccomp profile/,
  ],
  [
    'an image with a floating tag',
    container(EDGE, (target) => (target.image = 'reservoir/edge:latest')),
    /is not pinned/,
  ],
  [
    'an image without a tag',
    container('StatefulSet kafka', (target) => (target.image = 'confluentinc/cp-kafka')),
    /is not pinned/,
  ],
  [
    'privilege escalation',
    container(EDGE, (target) => delete target.securityContext!.allowPrivilegeEscalation),
    /may gain privileges/,
  ],
  ['a privileged container', container(EDGE, (target) => (target.securityContext!.privileged = true)), /is privileged/],
  [
    'a container as root',
    container(EDGE, (target) => (target.securityContext!.runAsUser = 0)),
    /edge, edge: may run as root/,
  ],
  [
    'a writable root file system',
    container(EDGE, (target) => delete target.securityContext!.readOnlyRootFilesystem),
    /may write to its image/,
  ],
  [
    'capabilities',
    container(EDGE, (target) => (target.securityContext!.capabilities!.add = ['NET_ADMIN'])),
    /keeps capabilities/,
  ],
  [
    'a container without resource requests',
    container(EDGE, (target) => delete target.resources!.requests),
    /requests no CPU/,
  ],
  [
    'a container without a memory limit',
    container(EDGE, (target) => delete target.resources!.limits),
    /has no memory limit/,
  ],
  [
    'a Secret as a variable',
    container(
      EDGE,
      (target) =>
        (target.env = [
          {
            name: 'UPSTASH_KAFKA_REST_PASSWORD',
            valueFrom: { secretKeyRef: { name: 'proxy-credentials', key: 'env' } },
          },
        ]),
    ),
    /has a Secret in its environment/,
  ],
  [
    'a server without a disruption budget',
    without('PodDisruptionBudget kafka'),
    /StatefulSet kafka: has 0 disruption budgets/,
  ],
  [
    'a server without a spread constraint',
    pod(EDGE, (target) => delete target.topologySpreadConstraints),
    /is not spread over the nodes/,
  ],
  [
    'a StatefulSet without a volume',
    spec('StatefulSet kafka', (target) => delete target['volumeClaimTemplates']),
    /StatefulSet kafka: has no persistent volume/,
  ],
  ['a Deployment without an autoscaler', without('HorizontalPodAutoscaler edge'), /Deployment edge: has no autoscaler/],
]

const SCHEMAS: [planted: string, plant: Plant, expected: RegExp][] = [
  [
    'a misspelled field',
    pod(EDGE, (target) => (target['terminationGracePeriod'] = 5)),
    /additional properties: terminationGracePeriod/,
  ],
  [
    'a string instead of a number',
    pod(EDGE, (target) => Object.assign(target, { terminationGracePeriodSeconds: '30' })),
    /must be integer/,
  ],
  ['a missing field', spec(EDGE, (target) => delete target['selector']), /required property 'selector'/],
  ['an unknown kind', at(EDGE, (target) => (target.kind = 'Deploymint')), /Kubernetes has no apps\/v1 Deploymint/],
  ['an unknown version', at(EDGE, (target) => (target.apiVersion = 'apps/v1beta1')), /Kubernetes has no apps\/v1beta1/],
  [
    'a misplaced field of a probe',
    container(EDGE, (target) => Object.assign(target.livenessProbe!, { path: '/healthz' })),
    /additional properties: path/,
  ],
]

const lack = 'lack' in found ? ` (skipped: ${found.lack})` : ''

describe.skipIf(lack !== '')(`the checks report${lack}`, () => {
  let dev: Resource[]
  let production: Resource[]
  let check: (resources: readonly Resource[]) => string[]
  beforeAll(async () => {
    const tools = found as Tools
    dev = await render(tools, overlayFolder('dev'))
    production = await render(tools, overlayFolder('production'))
    check = schemaCheck(tools.schemas)
  }, 60_000)

  const byHand = OVERLAYS['dev']!

  test.each(RULES)('%s', (_, plant, expected) => {
    const planted = structuredClone(dev)
    plant(planted)
    expect(breachesIn(planted, byHand)).toContainEqual(expect.stringMatching(expected))
  })

  test.each(SCHEMAS)('%s', (_, plant, expected) => {
    const planted = structuredClone(dev)
    plant(planted)
    expect(check(planted)).toContainEqual(expect.stringMatching(expected))
  })

  test.each([
    [
      'no connection to Atlas',
      'NetworkPolicy processor-to-atlas',
      /Deployment decisions to the outside on 27017: egress is denied/,
    ],
    [
      'no connection to the keys of tokens',
      'NetworkPolicy tokens-to-keys',
      /Deployment edge to the outside on 443: egress is denied/,
    ],
    [
      'ZooKeepers that cannot form a quorum',
      'NetworkPolicy zookeeper-from-zookeeper',
      /StatefulSet zookeeper to StatefulSet zookeeper on 3888: ingress is denied/,
    ],
  ])('%s', (_, title, expected) => {
    const planted = structuredClone(production)
    without(title)(planted)
    expect(breachesIn(planted, [])).toContainEqual(expect.stringMatching(expected))
  })

  test('a manual ConfigMap that is not declared as such', () => {
    expect(breachesIn(dev, [])).toContainEqual(expect.stringMatching(/there is no ConfigMap token-keys/))
  })

  test('an invalid YAML file', () => {
    expect(() => parse('a: [b')).toThrow()
  })
})
