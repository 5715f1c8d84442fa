/** The connections that the manifests use. */
import { ofKind, portNumber, type Resource, selects, type Workload } from './resource.ts'
import { textsOf } from './texts.ts'

export interface Connection {
  from: Workload
  to: Workload
  port: number
}

/** A connection for every `service:port` in the configuration of a pod. */
export function connectionsOf(pods: readonly Workload[], resources: readonly Resource[]): Connection[] {
  const services = ofKind(resources, 'Service')
  return pods.flatMap((from) =>
    textsOf(from, resources).flatMap((text) =>
      addressesIn(text).flatMap(({ host, port }): Connection[] => {
        const parts = new Set(host.split('.').slice(0, 2))
        const service = services.find(({ metadata }) => parts.has(metadata.name))
        return service ? pods.flatMap((to) => connectionsThrough(from, service, to, port)) : []
      }),
    ),
  )
}

function connectionsThrough(from: Workload, service: Resource, to: Workload, port: number): Connection[] {
  const { selector, clusterIP, ports } = service.spec as {
    selector: Record<string, string>
    clusterIP?: string
    ports: { port: number; targetPort?: string | number }[]
  }
  if (!selects({ matchLabels: selector }, to.labels)) return []
  const target = ports.find((one) => one.port === port)
  const number = clusterIP === 'None' ? port : portNumber(to.pod, target?.targetPort ?? port)
  // A negative port means that the Service lacks the port.
  return [{ from, to, port: target ? number! : -port }]
}

function addressesIn(text: string): { host: string; port: number }[] {
  const found = text.matchAll(/(?<![\w.-])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):(\d{2,5})(?::(\d{2,5}))?\b/g)
  return Array.from(found, ([, host, ...ports]) =>
    ports.filter((port) => port !== undefined).map((port) => ({ host: host!, port: Number(port) })),
  ).flat()
}

interface IngressRule {
  http: { paths: { backend: { service: { name: string } } }[] }
}

/** Connections from the Ingress controller's namespace. */
export function connectionsIn(
  pods: readonly Workload[],
  resources: readonly Resource[],
): { to: Workload; port: number }[] {
  const rules = ofKind(resources, 'Ingress').flatMap(({ spec }) => spec?.['rules'] as IngressRule[])
  const backends = new Set(rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name)))
  const services = ofKind(resources, 'Service').filter(({ metadata }) => backends.has(metadata.name))
  return services.flatMap(({ spec }) => {
    const { selector, ports } = spec as { selector: Record<string, string>; ports: { targetPort: string }[] }
    const found = pods.filter(({ labels }) => selects({ matchLabels: selector }, labels))
    return found.flatMap((to) => ports.map(({ targetPort }) => ({ to, port: portNumber(to.pod, targetPort)! })))
  })
}

/** Connections to the issuer of tokens, and to the store if the cluster has none. */
export function connectionsOut(
  pods: readonly Workload[],
  resources: readonly Resource[],
): { from: Workload; port: number }[] {
  const hasStore = ofKind(resources, 'StatefulSet').some(({ metadata }) => metadata.name === 'mongodb')
  return pods.flatMap((from) => {
    const texts = textsOf(from, resources)
    const keys = texts.some((text) => text.startsWith('JWT_JWKS_URL=https://'))
    const store = !hasStore && texts.some((text) => text.startsWith('MONGODB_URI_FILE='))
    return [...(keys ? [{ from, port: 443 }] : []), ...(store ? [{ from, port: 27_017 }] : [])]
  })
}
