/** One planted error for each rule: a check that cannot fail says nothing. */
import { beforeAll, describe, expect, test } from 'vitest'
import { overlayFolder, OVERLAYS, parse, render } from './render.ts'
import type { Container, PodSpec, Resource } from './resource.ts'
import { breachesIn } from './rules.ts'
import { schemaCheck } from './schema.ts'
import { findTools, type Tools } from './tools.ts'

const found = await findTools()

/** Changes the one resource of that name in place. */
type Plant = (resources: Resource[]) => void

const at =
  (title: string, change: (resource: Resource) => void): Plant =>
  (resources) => {
    const matching = resources.filter(
      ({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[\da-z]{10}$/, '')}` === title,
    )
    if (matching.length !== 1) throw new Error(`there are ${matching.length} of ${title}`)
    change(matching[0]!)
  }

/** Whatever is in a spec, to be set at will. */
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
const egress = (title: string, change: (rule: { to: object[]; ports: { port: number }[] }) => void): Plant =>
  spec(title, (policy) => change((policy['egress'] as Parameters<typeof change>)[0]))
const ingress = (title: string, change: (rule: { from: object[]; ports: { port: number }[] }) => void): Plant =>
  spec(title, (policy) => change((policy['ingress'] as Parameters<typeof change>)[0]))

const EDGE = 'Deployment edge'

const RULES: [planted: string, plant: Plant, told: RegExp][] = [
  ['a ConfigMap that is not there', without('ConfigMap reservoir-config'), /there is no ConfigMap reservoir-config/],
  ['a Secret that is not there', without('Secret proxy-credentials'), /there is no Secret proxy-credentials/],
  [
    'a key that a Secret has not',
    at('Secret proxy-credentials', (one) => (one.data = { other: '' })),
    /Secret proxy-credentials.* has no env/,
  ],
  [
    'a script that a ConfigMap has not',
    at('ConfigMap kafka-settings', ({ data }) => delete data!['probe.sh']),
    /StatefulSet kafka: the ConfigMap kafka-settings.* has no probe\.sh/,
  ],
  [
    'an item that a Secret has not',
    at('Secret mongodb', ({ data }) => delete data!['password']),
    /StatefulSet mongodb: the Secret mongodb.* has no password/,
  ],
  [
    'a variable from a key that a ConfigMap has not',
    container(
      EDGE,
      (one) =>
        (one.env = [
          { name: 'QUERY_URL', valueFrom: { configMapKeyRef: { name: 'reservoir-config', key: 'QUERRY' } } },
        ]),
    ),
    /ConfigMap reservoir-config has no QUERRY/,
  ],
  ['a mount without a volume', pod(EDGE, (one) => (one.volumes = [])), /Deployment edge: there is no volume tmp/],
  [
    'a volume that nothing mounts',
    container(EDGE, (one) => one.volumeMounts!.pop()),
    /Deployment edge: nothing mounts the volume tmp/,
  ],
  [
    'a Service for no pods',
    spec('Service edge', (one) => (one['selector'] = { app: 'egde' })),
    /Service edge: selects no pods/,
  ],
  [
    'a Service to a port that its pods have not',
    container(EDGE, (one) => (one.ports![0]!.name = 'web')),
    /Service edge: Deployment edge has no port http/,
  ],
  ['an Ingress to no Service', without('Service edge'), /Ingress edge: there is no Service edge/],
  ['an autoscaler for nothing', without(EDGE), /HorizontalPodAutoscaler edge: there is no Deployment edge/],
  ['replicas that an autoscaler sets', spec(EDGE, (one) => (one['replicas'] = 2)), /would be set anew by each apply/],
  [
    'a set without its headless Service',
    without('Service kafka-brokers'),
    /StatefulSet kafka: there is no headless Service kafka-brokers/,
  ],
  [
    'a selector beside its pods',
    spec(EDGE, ({ template }) => (template.metadata.labels['app.kubernetes.io/name'] = 'egde')),
    /its selector does not select its pods/,
  ],
  [
    'a selector for the pods of another',
    spec(EDGE, (one) => (one['selector'] = {})),
    /its selector selects the pods of Deployment proxy, too/,
  ],
  [
    'a spread of other pods',
    pod(EDGE, (one) => (one.topologySpreadConstraints![0]!.labelSelector = { matchLabels: { a: 'b' } })),
    /Deployment edge: spreads other pods/,
  ],
  [
    'a namespace open to all',
    without('NetworkPolicy default-deny'),
    /Deployment proxy: no policy binds its|Job topics: no policy binds its Ingress/,
  ],
  ['no way to look up names', without('NetworkPolicy everyone-to-dns'), /Deployment edge: cannot look up names/],
  [
    'a way that may not leave',
    without('NetworkPolicy edge-to-proxy'),
    /Deployment edge to Deployment proxy on 8082: may not leave/,
  ],
  [
    'a way that may not come in',
    without('NetworkPolicy kafka-from-processor'),
    /Deployment processor to StatefulSet kafka on 29092: may not come in/,
  ],
  [
    'a way to another port than the open one',
    egress('NetworkPolicy kafka-to-zookeeper', ({ ports }) => (ports[0]!.port = 2888)),
    /StatefulSet kafka to StatefulSet zookeeper on 2181: may not leave/,
  ],
  [
    'brokers that do not find each other',
    without('NetworkPolicy kafka-from-kafka'),
    /StatefulSet kafka to StatefulSet kafka on 9093: may not come in/,
  ],
  [
    'an address at a port that the Service has not',
    at('ConfigMap reservoir-config', ({ data }) => (data!['QUERY_URL'] = 'http://processor:8091')),
    /on 8091: the Service has no such port/,
  ],
  [
    'an Ingress that nobody lets in',
    without('NetworkPolicy edge-from-ingress'),
    /Ingress to Deployment edge on 8787: may not come in/,
  ],
  [
    'a policy for no pods',
    spec('NetworkPolicy edge-to-proxy', (one) => (one['podSelector'] = { matchLabels: { a: 'b' } })),
    /NetworkPolicy edge-to-proxy: selects no pods/,
  ],
  [
    'a policy that leads to no pods',
    egress('NetworkPolicy edge-to-proxy', (rule) => (rule.to = [{ podSelector: { matchLabels: { a: 'b' } } }])),
    /NetworkPolicy edge-to-proxy: leads to no pods/,
  ],
  [
    'a policy for a port that nobody has',
    ingress('NetworkPolicy proxy-from-edge', ({ ports }) => (ports[0]!.port = 8081)),
    /NetworkPolicy proxy-from-edge: nobody has the port 8081/,
  ],
  [
    'a misspelled variable',
    container(EDGE, (one) => (one.env = [{ name: 'QUERRY_URL', value: 'x' }])),
    /Deployment edge, edge: nobody reads QUERRY_URL/,
  ],
  [
    'a misspelled variable in a ConfigMap',
    at('ConfigMap kafka-config', ({ data }) => (data!['KAFKA_BORKERS'] = 'x')),
    /nobody reads KAFKA_BORKERS/,
  ],
  [
    'a misspelled variable in a Secret',
    at('Secret proxy-credentials', ({ data }) => (data!['env'] = Buffer.from('UPSTASH=1').toString('base64'))),
    /nobody reads UPSTASH$/,
  ],
  ['a container that is never asked', container(EDGE, (one) => delete one.livenessProbe), /edge: has no livenessProbe/],
  [
    'a start that is never asked for',
    container('StatefulSet kafka', (one) => delete one.startupProbe),
    /kafka: has no startupProbe/,
  ],
  [
    'a liveness that is an open port',
    container('StatefulSet kafka', (one) => (one.livenessProbe = { tcpSocket: { port: 9092 } })),
    /looks at a port only/,
  ],
  [
    'a probe of a port that is not there',
    container(EDGE, (one) => (one.readinessProbe!.httpGet!.port = 80)),
    /asks at a port that it has not/,
  ],
  [
    'a restart for not being ready',
    container(EDGE, (one) => (one.livenessProbe = one.readinessProbe)),
    /would be restarted for not being ready/,
  ],
  [
    'less time to end than the drain takes',
    pod('Deployment processor', (one) => (one.terminationGracePeriodSeconds = 30)),
    /Deployment processor: is killed after 30 s/,
  ],
  [
    'a namespace that enforces nothing',
    at('Namespace reservoir-dev', ({ metadata }) => (metadata.labels = {})),
    /does not enforce the restricted Pod Security/,
  ],
  [
    'a resource of another namespace',
    at('Service edge', ({ metadata }) => (metadata.namespace = 'default')),
    /Service edge: is not in reservoir-dev/,
  ],
  ['the network of the node', pod(EDGE, (one) => (one.hostNetwork = true)), /Deployment edge: has hostNetwork/],
  [
    'a folder of the node',
    pod(EDGE, (one) => one.volumes!.push({ name: 'tmp', hostPath: { path: '/' } })),
    /is of a kind that restricted pods have not/,
  ],
  ['a token for the cluster', pod(EDGE, (one) => delete one.automountServiceAccountToken), /is given a token/],
  ['a pod as root', pod(EDGE, (one) => (one.securityContext!.runAsUser = 0)), /Deployment edge: may run as root/],
  [
    'a pod without a seccomp profile',
    pod(EDGE, (one) => delete one.securityContext!.seccompProfile),
    /has no seccomp profile/,
  ],
  ['an image of any version', container(EDGE, (one) => (one.image = 'reservoir/edge:latest')), /is not pinned/],
  [
    'an image without a version',
    container('StatefulSet kafka', (one) => (one.image = 'confluentinc/cp-kafka')),
    /is not pinned/,
  ],
  [
    'privileges to be gained',
    container(EDGE, (one) => delete one.securityContext!.allowPrivilegeEscalation),
    /may gain privileges/,
  ],
  ['a privileged container', container(EDGE, (one) => (one.securityContext!.privileged = true)), /is privileged/],
  [
    'a container as root',
    container(EDGE, (one) => (one.securityContext!.runAsUser = 0)),
    /edge, edge: may run as root/,
  ],
  [
    'an image that can be written to',
    container(EDGE, (one) => delete one.securityContext!.readOnlyRootFilesystem),
    /may write to its image/,
  ],
  [
    'capabilities',
    container(EDGE, (one) => (one.securityContext!.capabilities!.add = ['NET_ADMIN'])),
    /keeps capabilities/,
  ],
  ['a container that requests nothing', container(EDGE, (one) => delete one.resources!.requests), /requests no CPU/],
  ['memory without a limit', container(EDGE, (one) => delete one.resources!.limits), /has no limit of memory/],
  [
    'a Secret as a variable',
    container(
      EDGE,
      (one) =>
        (one.env = [
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
  ['a server on one node', pod(EDGE, (one) => delete one.topologySpreadConstraints), /is not spread over the nodes/],
  [
    'a set that keeps nothing',
    spec('StatefulSet kafka', (one) => delete one['volumeClaimTemplates']),
    /StatefulSet kafka: keeps nothing/,
  ],
  ['a deployment that nobody scales', without('HorizontalPodAutoscaler edge'), /Deployment edge: has no autoscaler/],
]

const SCHEMAS: [planted: string, plant: Plant, told: RegExp][] = [
  [
    'a misspelled field',
    pod(EDGE, (one) => (one['terminationGracePeriod'] = 5)),
    /additional properties: terminationGracePeriod/,
  ],
  [
    'a number that is a text',
    pod(EDGE, (one) => Object.assign(one, { terminationGracePeriodSeconds: '30' })),
    /must be integer/,
  ],
  ['a field that is missing', spec(EDGE, (one) => delete one['selector']), /required property 'selector'/],
  ['a kind that there is not', at(EDGE, (one) => (one.kind = 'Deploymint')), /Kubernetes has no apps\/v1 Deploymint/],
  [
    'a version that there is not',
    at(EDGE, (one) => (one.apiVersion = 'apps/v1beta1')),
    /Kubernetes has no apps\/v1beta1/,
  ],
  [
    'a probe of a wrong shape',
    container(EDGE, (one) => Object.assign(one.livenessProbe!, { path: '/healthz' })),
    /additional properties: path/,
  ],
]

const lack = 'lack' in found ? ` (skipped: ${found.lack})` : ''

describe.skipIf(lack !== '')(`a planted error is told${lack}:`, () => {
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

  test.each(RULES)('%s', (_, plant, told) => {
    const planted = structuredClone(dev)
    plant(planted)
    expect(breachesIn(planted, byHand)).toContainEqual(expect.stringMatching(told))
  })

  test.each(SCHEMAS)('%s', (_, plant, told) => {
    const planted = structuredClone(dev)
    plant(planted)
    expect(check(planted)).toContainEqual(expect.stringMatching(told))
  })

  test.each([
    [
      'no way to Atlas',
      'NetworkPolicy processor-to-atlas',
      /Deployment decisions to the outside on 27017: may not leave/,
    ],
    [
      'no way to the keys of tokens',
      'NetworkPolicy tokens-to-keys',
      /Deployment edge to the outside on 443: may not leave/,
    ],
    [
      'a quorum that cannot come about',
      'NetworkPolicy zookeeper-from-zookeeper',
      /StatefulSet zookeeper to StatefulSet zookeeper on 3888: may not come in/,
    ],
  ])('%s', (_, title, told) => {
    const planted = structuredClone(production)
    without(title)(planted)
    expect(breachesIn(planted, [])).toContainEqual(expect.stringMatching(told))
  })

  test('a ConfigMap that should be made by hand, and is not said to be', () => {
    expect(breachesIn(dev, [])).toContainEqual(expect.stringMatching(/there is no ConfigMap token-keys/))
  })

  test('a file that is no YAML', () => {
    expect(() => parse('a: [b')).toThrow()
  })
})
