/** Whether each way that the manifests use is open at both ends, and nothing is open that they do not need. */
import { bears, isOpen, type Opening, openingsFor, policiesIn, type Policy } from './policies.ts'
import { type Resource, selects, type Workload, workloads } from './resource.ts'
import { type Way, waysIn, waysOf, waysOut } from './connections.ts'

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
  const bound = policies.filter(({ podSelector }) => selects(podSelector, labels))
  const types = new Set(bound.flatMap((one) => one.policyTypes))
  return ['Ingress', 'Egress'].filter((type) => !types.has(type)).map((type) => `${title}: no policy binds its ${type}`)
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

function closed({ from, to, port }: Way, policies: readonly Policy[]): string[] {
  const name = `${from.title} to ${to.title} on ${Math.abs(port)}`
  if (port < 0) return [`${name}: the Service has no such port`]
  const mayGo = isOpen(policies, 'Egress', from, to, port)
  const mayCome = isOpen(policies, 'Ingress', to, from, port)
  return [...(mayGo ? [] : [`${name}: may not leave`]), ...(mayCome ? [] : [`${name}: may not come in`])]
}

function closedFromOutside({ to, port }: { to: Workload; port: number }, policies: readonly Policy[]): string[] {
  const isOpen = openingsFor(policies, 'Ingress', to).some(
    ({ peers, ports }) => bears(ports, port) && peers.some(({ namespaceSelector }) => namespaceSelector),
  )
  return isOpen ? [] : [`Ingress to ${to.title} on ${port}: may not come in`]
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
      const far = pods.filter(({ labels }) => opening.peers.some((peer) => selects(peer.podSelector ?? {}, labels)))
      return far.length > 0 ? ports(opening, far) : [`${title}: leads to no pods`]
    }),
  ]
}
