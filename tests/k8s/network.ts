/** Every connection that the manifests use is open at both ends, and no policy allows more. */
import { allows, isOpen, type Opening, openingsFor, policiesIn, type Policy } from './policies.ts'
import { type Resource, selects, type Workload, workloads } from './resource.ts'
import { type Connection, connectionsIn, connectionsOf, connectionsOut } from './connections.ts'

export function network(resources: readonly Resource[]): string[] {
  const pods = workloads(resources)
  const policies = policiesIn(resources)
  return [
    ...pods.flatMap((pod) => unrestricted(pod, policies)),
    ...pods.flatMap((pod) => withoutDns(pod, policies)),
    ...connectionsOf(pods, resources).flatMap((connection) => closed(connection, policies)),
    ...connectionsIn(pods, resources).flatMap((connection) => closedFromOutside(connection, policies)),
    ...connectionsOut(pods, resources).flatMap((connection) => closedToOutside(connection, policies)),
    ...policies.flatMap((policy) => unused(policy, pods)),
  ]
}

/** Pods without a policy accept and open every connection. */
function unrestricted({ title, labels }: Workload, policies: readonly Policy[]): string[] {
  const bound = policies.filter(({ podSelector }) => selects(podSelector, labels))
  const types = new Set(bound.flatMap((one) => one.policyTypes))
  return ['Ingress', 'Egress']
    .filter((type) => !types.has(type))
    .map((type) => `${title}: no policy restricts its ${type}`)
}

/** Every pod needs DNS. */
function withoutDns({ title, labels }: Workload, policies: readonly Policy[]): string[] {
  const hasDns = policies.some(
    ({ podSelector, egress }) =>
      selects(podSelector, labels) &&
      egress.some(
        ({ peers, ports }) => peers.some(({ namespaceSelector }) => namespaceSelector) && allows(ports, 53, 'UDP'),
      ),
  )
  return hasDns ? [] : [`${title}: must be allowed to use DNS`]
}

function closed({ from, to, port }: Connection, policies: readonly Policy[]): string[] {
  const name = `${from.title} to ${to.title} on ${Math.abs(port)}`
  if (port < 0) return [`${name}: the Service has no such port`]
  const hasEgress = isOpen(policies, 'Egress', from, to, port)
  const hasIngress = isOpen(policies, 'Ingress', to, from, port)
  return [...(hasEgress ? [] : [`${name}: egress is denied`]), ...(hasIngress ? [] : [`${name}: ingress is denied`])]
}

function closedFromOutside({ to, port }: { to: Workload; port: number }, policies: readonly Policy[]): string[] {
  const isOpen = openingsFor(policies, 'Ingress', to).some(
    ({ peers, ports }) => allows(ports, port) && peers.some(({ namespaceSelector }) => namespaceSelector),
  )
  return isOpen ? [] : [`Ingress to ${to.title} on ${port}: ingress is denied`]
}

function closedToOutside({ from, port }: { from: Workload; port: number }, policies: readonly Policy[]): string[] {
  const isOpen = openingsFor(policies, 'Egress', from).some(
    ({ peers, ports }) => allows(ports, port) && peers.some(({ ipBlock }) => ipBlock),
  )
  return isOpen ? [] : [`${from.title} to the outside on ${port}: egress is denied`]
}

/** A policy for missing pods or ports is obsolete or misspelled. */
function unused({ title, podSelector, ingress, egress }: Policy, pods: readonly Workload[]): string[] {
  const own = pods.filter(({ labels }) => selects(podSelector, labels))
  const ports = (opening: Opening, far: readonly Workload[]): string[] =>
    opening.ports.flatMap(({ port, endPort }) => {
      const exists = far.some(({ pod }) =>
        pod.containers.some((one) => one.ports?.some((p) => p.containerPort === port)),
      )
      return exists || endPort ? [] : [`${title}: no container has the port ${port}`]
    })
  const local = egress.filter(({ peers }) => peers.every((peer) => peer.podSelector && !peer.namespaceSelector))
  return [
    ...(own.length > 0 ? [] : [`${title}: selects no pods`]),
    ...ingress.flatMap((opening) => ports(opening, own)),
    ...local.flatMap((opening) => {
      const far = pods.filter(({ labels }) => opening.peers.some((peer) => selects(peer.podSelector ?? {}, labels)))
      return far.length > 0 ? ports(opening, far) : [`${title}: its peers select no pods`]
    }),
  ]
}
