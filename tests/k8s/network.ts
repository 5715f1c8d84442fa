/** Whether each way that the manifests use is open at both ends, and nothing is open that they do not need. */
import {
  ofKind,
  portNumber,
  type Resource,
  selects,
  type Selector,
  titleOf,
  type Workload,
  workloads,
} from './resource.ts'
import { textsOf } from './texts.ts'

interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string }
}

interface Opening {
  peers: Peer[]
  ports: { protocol?: string; port: string | number; endPort?: number }[]
}

interface Policy {
  title: string
  podSelector: Selector
  policyTypes: string[]
  ingress: Opening[]
  egress: Opening[]
}

interface Rule {
  from?: Peer[]
  to?: Peer[]
  ports?: Opening['ports']
}

const openings = (rules: Rule[] = []): Opening[] =>
  rules.map(({ from, to, ports = [] }) => ({ peers: from ?? to ?? [], ports }))

const policiesIn = (resources: readonly Resource[]): Policy[] =>
  ofKind(resources, 'NetworkPolicy').map((resource) => {
    const { podSelector, policyTypes, ingress, egress } = resource.spec as unknown as Omit<Policy, 'title'> & {
      ingress?: Rule[]
      egress?: Rule[]
    }
    return { title: titleOf(resource), podSelector, policyTypes, ingress: openings(ingress), egress: openings(egress) }
  })

export function network(resources: readonly Resource[]): string[] {
  const pods = workloads(resources)
  const policies = policiesIn(resources)
  return [
    ...pods.flatMap((pod) => unguarded(pod, policies)),
    ...pods.flatMap((pod) => unnamed(pod, policies)),
    ...waysOf(pods, resources).flatMap((way) => closed(way, policies)),
    ...waysIn(pods, resources).flatMap((way) => closedFromOutside(way, policies)),
    ...waysOut(pods, resources).flatMap((way) => closedToOutside(way, policies)),
    ...policies.flatMap((policy) => idle(policy, pods)),
  ]
}

/** What no policy selects is open to all. */
function unguarded({ title, labels }: Workload, policies: readonly Policy[]): string[] {
  const types = policies.filter(({ podSelector }) => selects(podSelector, labels)).flatMap((one) => one.policyTypes)
  return ['Ingress', 'Egress']
    .filter((type) => !types.includes(type))
    .map((type) => `${title}: no policy binds its ${type}`)
}

/** Everyone looks up names. */
function unnamed({ title, labels }: Workload, policies: readonly Policy[]): string[] {
  const canAsk = policies.some(
    ({ podSelector, egress }) =>
      selects(podSelector, labels) &&
      egress.some(
        ({ peers, ports }) => peers.some(({ namespaceSelector }) => namespaceSelector) && bears(ports, 53, 'UDP'),
      ),
  )
  return canAsk ? [] : [`${title}: cannot look up names`]
}

interface Way {
  from: Workload
  to: Workload
  port: number
}

/** Every `service:port` in what a pod is given, or what is mounted into it. */
function waysOf(pods: readonly Workload[], resources: readonly Resource[]): Way[] {
  const services = ofKind(resources, 'Service')
  return pods.flatMap((from) =>
    textsOf(from, resources).flatMap((text) =>
      addressesIn(text).flatMap(({ host, port }): Way[] => {
        const parts = host.split('.').slice(0, 2)
        const service = services.find(({ metadata }) => parts.includes(metadata.name))
        return service ? pods.flatMap((to) => wayThrough(from, service, to, port)) : []
      }),
    ),
  )
}

function wayThrough(from: Workload, service: Resource, to: Workload, port: number): Way[] {
  const { selector, clusterIP, ports } = service.spec as {
    selector: Record<string, string>
    clusterIP?: string
    ports: { port: number; targetPort?: string | number }[]
  }
  if (!selects({ matchLabels: selector }, to.labels)) return []
  const target = ports.find((one) => one.port === port)
  const number = clusterIP === 'None' ? port : portNumber(to.pod, target?.targetPort ?? port)
  // A port that the Service does not have leads nowhere; it is told as closed.
  return [{ from, to, port: target ? number! : -port }]
}

function addressesIn(text: string): { host: string; port: number }[] {
  const found = text.matchAll(/(?<![\w.-])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):(\d{2,5})(?::(\d{2,5}))?\b/g)
  return Array.from(found, ([, host, ...ports]) =>
    ports.filter((port) => port !== undefined).map((port) => ({ host: host!, port: Number(port) })),
  ).flat()
}

function closed({ from, to, port }: Way, policies: readonly Policy[]): string[] {
  const name = `${from.title} to ${to.title} on ${Math.abs(port)}`
  if (port < 0) return [`${name}: the Service has no such port`]
  const mayGo = isOpen(policies, 'Egress', from, to, port)
  const mayCome = isOpen(policies, 'Ingress', to, from, port)
  return [...(mayGo ? [] : [`${name}: may not leave`]), ...(mayCome ? [] : [`${name}: may not come in`])]
}

function isOpen(policies: readonly Policy[], type: 'Ingress' | 'Egress', near: Workload, far: Workload, port: number) {
  return openingsFor(policies, type, near).some(
    ({ peers, ports }) =>
      bears(ports, port) &&
      peers.some(
        ({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector && selects(podSelector, far.labels),
      ),
  )
}

const openingsFor = (policies: readonly Policy[], type: 'Ingress' | 'Egress', { labels }: Workload): Opening[] =>
  policies
    .filter(({ podSelector }) => selects(podSelector, labels))
    .flatMap(({ ingress, egress }) => (type === 'Ingress' ? ingress : egress))

const bears = (ports: Opening['ports'], port: number, protocol = 'TCP'): boolean =>
  ports.some(
    ({ port: first, endPort, protocol: given = 'TCP' }) =>
      given === protocol && Number(first) <= port && port <= (endPort ?? Number(first)),
  )

/** By an Ingress, from the namespace of its controller. */
function waysIn(pods: readonly Workload[], resources: readonly Resource[]): { to: Workload; port: number }[] {
  const backends = ofKind(resources, 'Ingress').flatMap((ingress) => {
    const rules = ingress.spec?.['rules'] as { http: { paths: { backend: { service: { name: string } } }[] } }[]
    return rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name))
  })
  const services = ofKind(resources, 'Service').filter(({ metadata }) => backends.includes(metadata.name))
  return services.flatMap(({ spec }) => {
    const { selector, ports } = spec as { selector: Record<string, string>; ports: { targetPort: string }[] }
    const found = pods.filter(({ labels }) => selects({ matchLabels: selector }, labels))
    return found.flatMap((to) => ports.map(({ targetPort }) => ({ to, port: portNumber(to.pod, targetPort)! })))
  })
}

function closedFromOutside({ to, port }: { to: Workload; port: number }, policies: readonly Policy[]): string[] {
  const isOpen = openingsFor(policies, 'Ingress', to).some(
    ({ peers, ports }) => bears(ports, port) && peers.some(({ namespaceSelector }) => namespaceSelector),
  )
  return isOpen ? [] : [`Ingress to ${to.title} on ${port}: may not come in`]
}

/** To whoever makes the tokens; and to the store, where the cluster has none. */
function waysOut(pods: readonly Workload[], resources: readonly Resource[]): { from: Workload; port: number }[] {
  const hasStore = ofKind(resources, 'StatefulSet').some(({ metadata }) => metadata.name === 'mongodb')
  return pods.flatMap((from) => {
    const texts = textsOf(from, resources)
    const keys = texts.some((text) => text.startsWith('JWT_JWKS_URL=https://'))
    const store = !hasStore && texts.some((text) => text.startsWith('MONGODB_URI_FILE='))
    return [...(keys ? [{ from, port: 443 }] : []), ...(store ? [{ from, port: 27_017 }] : [])]
  })
}

function closedToOutside({ from, port }: { from: Workload; port: number }, policies: readonly Policy[]): string[] {
  const isOpen = openingsFor(policies, 'Egress', from).some(
    ({ peers, ports }) => bears(ports, port) && peers.some(({ ipBlock }) => ipBlock),
  )
  return isOpen ? [] : [`${from.title} to the outside on ${port}: may not leave`]
}

/** A policy for pods that there are not, or for a port that nobody has, was forgotten or is misspelled. */
function idle({ title, podSelector, ingress, egress }: Policy, pods: readonly Workload[]): string[] {
  const own = pods.filter(({ labels }) => selects(podSelector, labels))
  const ports = (opening: Opening, far: readonly Workload[]): string[] =>
    opening.ports.flatMap(({ port, endPort }) => {
      const isThere = far.some(({ pod }) =>
        pod.containers.some((one) => one.ports?.some((p) => p.containerPort === port)),
      )
      return isThere || endPort ? [] : [`${title}: nobody has the port ${port}`]
    })
  const local = egress.filter(({ peers }) => peers.every((peer) => peer.podSelector && !peer.namespaceSelector))
  return [
    ...(own.length > 0 ? [] : [`${title}: selects no pods`]),
    ...ingress.flatMap((opening) => ports(opening, own)),
    ...local.flatMap((opening) => {
      const far = pods.filter(({ labels }) => opening.peers.some((peer) => selects(peer.podSelector!, labels)))
      return far.length > 0 ? ports(opening, far) : [`${title}: leads to no pods`]
    }),
  ]
}
