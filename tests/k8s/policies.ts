/** NetworkPolicies and the connections that they allow. */
import { ofKind, type Resource, selects, type Selector, titleOf, type Workload } from './resource.ts'

export interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string }
}

export interface Opening {
  peers: Peer[]
  ports: { protocol?: string; port: string | number; endPort?: number }[]
}

export interface Policy {
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

export const policiesIn = (resources: readonly Resource[]): Policy[] =>
  ofKind(resources, 'NetworkPolicy').map((resource) => {
    const { podSelector, policyTypes, ingress, egress } = resource.spec as unknown as Omit<Policy, 'title'> & {
      ingress?: Rule[]
      egress?: Rule[]
    }
    return { title: titleOf(resource), podSelector, policyTypes, ingress: openings(ingress), egress: openings(egress) }
  })

export function isOpen(
  policies: readonly Policy[],
  type: 'Ingress' | 'Egress',
  near: Workload,
  far: Workload,
  port: number,
) {
  return openingsFor(policies, type, near).some(
    ({ peers, ports }) =>
      allows(ports, port) &&
      peers.some(
        ({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector && selects(podSelector, far.labels),
      ),
  )
}

export const openingsFor = (policies: readonly Policy[], type: 'Ingress' | 'Egress', { labels }: Workload): Opening[] =>
  policies
    .filter(({ podSelector }) => selects(podSelector, labels))
    .flatMap(({ ingress, egress }) => (type === 'Ingress' ? ingress : egress))

export const allows = (ports: Opening['ports'], port: number, protocol = 'TCP'): boolean =>
  ports.some(
    ({ port: first, endPort, protocol: given = 'TCP' }) =>
      given === protocol && Number(first) <= port && port <= (endPort ?? Number(first)),
  )
