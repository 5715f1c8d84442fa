import { ofKind, portNumber, type Resource, selects, titleOf, type Workload, workloads } from './resource.ts'

/** Services, Ingresses, autoscalers, StatefulSets and spread constraints find their targets. */
export function selectors(resources: readonly Resource[]): string[] {
  const pods = workloads(resources)
  return [
    ...ofKind(resources, 'Service').flatMap((service) => serviceFaults(service, pods)),
    ...ofKind(resources, 'Ingress').flatMap((ingress) => ingressFaults(ingress, resources)),
    ...ofKind(resources, 'HorizontalPodAutoscaler').flatMap((scaler) => scalerFaults(scaler, resources)),
    ...ofKind(resources, 'StatefulSet').flatMap((set) => headlessFaults(set, resources)),
    ...pods.flatMap((pod) => workloadFaults(pod, pods)),
  ]
}

function serviceFaults(service: Resource, pods: readonly Workload[]): string[] {
  const { selector = {}, ports = [] } = service.spec as {
    selector?: Record<string, string>
    ports?: { port: number; targetPort?: string | number }[]
  }
  const found = pods.filter(({ labels }) => selects({ matchLabels: selector }, labels))
  if (found.length === 0) return [`${titleOf(service)}: selects no pods`]
  return ports.flatMap(({ port, targetPort = port }) =>
    found.flatMap(({ title, pod }) => {
      const number = portNumber(pod, targetPort)
      const isOpen = pod.containers.some(({ ports = [] }) =>
        ports.some(({ containerPort }) => containerPort === number),
      )
      return isOpen ? [] : [`${titleOf(service)}: ${title} has no port ${targetPort}`]
    }),
  )
}

interface Backend {
  service: { name: string; port: { name?: string; number?: number } }
}

function ingressFaults(ingress: Resource, resources: readonly Resource[]): string[] {
  const rules = (ingress.spec?.['rules'] ?? []) as { http: { paths: { backend: Backend }[] } }[]
  return rules.flatMap(({ http: { paths } }) =>
    paths.flatMap(({ backend: { service } }) => {
      const target = ofKind(resources, 'Service').find(({ metadata }) => metadata.name === service.name)
      const ports = (target?.spec?.['ports'] ?? []) as { name?: string; port: number }[]
      const exists = ports.some(({ name, port }) => name === service.port.name || port === service.port.number)
      return exists ? [] : [`${titleOf(ingress)}: there is no Service ${service.name} with that port`]
    }),
  )
}

function scalerFaults(scaler: Resource, resources: readonly Resource[]): string[] {
  const { kind, name } = scaler.spec!['scaleTargetRef'] as { kind: string; name: string }
  const target = ofKind(resources, kind).find(({ metadata }) => metadata.name === name)
  if (!target) return [`${titleOf(scaler)}: there is no ${kind} ${name}`]
  return target.spec?.['replicas'] === undefined
    ? []
    : [`${titleOf(scaler)}: the replicas of ${kind} ${name} would be reset by each apply`]
}

function headlessFaults(set: Resource, resources: readonly Resource[]): string[] {
  const name = set.spec?.['serviceName'] as string
  const service = ofKind(resources, 'Service').find(({ metadata }) => metadata.name === name)
  return service?.spec?.['clusterIP'] === 'None' ? [] : [`${titleOf(set)}: there is no headless Service ${name}`]
}

function workloadFaults({ title, labels, pod, resource }: Workload, pods: readonly Workload[]): string[] {
  const own = resource.spec?.['selector'] as Parameters<typeof selects>[0] | undefined
  if (!own) return []
  const others = pods.filter((other) => other.title !== title && selects(own, other.labels))
  const spreads = pod.topologySpreadConstraints ?? []
  return [
    ...(selects(own, labels) ? [] : [`${title}: its selector does not select its pods`]),
    ...others.map((other) => `${title}: its selector selects the pods of ${other.title}, too`),
    ...spreads
      .filter(({ labelSelector = {} }) => !selects(labelSelector, labels))
      .map(() => `${title}: its spread constraint selects other pods`),
  ]
}
