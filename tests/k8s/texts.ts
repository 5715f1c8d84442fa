import { variablesFor } from './processes.ts'
import { type Container, containersOf, ofKind, type Resource, type Workload } from './resource.ts'

/** The content of a ConfigMap or Secret in the manifests; empty if there is none. */
export function contentOf(
  resources: readonly Resource[],
  kind: 'ConfigMap' | 'Secret',
  name?: string,
): Record<string, string> {
  const resource = ofKind(resources, kind).find(({ metadata }) => metadata.name === name)
  const data = Object.entries(resource?.data ?? {})
  return Object.fromEntries(
    data.map(([key, value]) => [key, kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value]),
  )
}

/** All configuration that a pod reads: variables as `NAME=value`, arguments, and lines of mounted ConfigMaps and Secrets. */
export function textsOf({ pod, resource }: Workload, resources: readonly Resource[]): string[] {
  const containers = containersOf(pod)
  const fromContainers = containers.flatMap((container) => [
    ...[...(container.command ?? []), ...(container.args ?? [])].map((text) => interBrokerOnly(inPod(text, resource))),
    ...Object.entries(variablesIn(container, resources)).map(([name, value]) => `${name}=${value}`),
  ])
  const mounted = (pod.volumes ?? []).flatMap(({ configMap, secret }) => {
    const { items } = configMap ?? secret ?? {}
    const files = {
      ...contentOf(resources, 'ConfigMap', configMap?.name),
      ...contentOf(resources, 'Secret', secret?.secretName),
    }
    return Object.entries(files).flatMap(([key, text]) =>
      items && !items.some((item) => item.key === key) ? [] : [text],
    )
  })
  const lines = mounted.flatMap((text) => text.split('\n')).filter((line) => !line.startsWith('#'))
  return [...fromContainers, ...lines]
}

/** The variables of a container that its process reads. `env` overrides `envFrom`. */
export function variablesIn(container: Container, resources: readonly Resource[]): Record<string, string> {
  const known = variablesFor(container)
  const shared = (container.envFrom ?? []).map(({ configMapRef }) =>
    contentOf(resources, 'ConfigMap', configMapRef?.name),
  )
  const own = Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, value]))
  const all = Object.entries(Object.assign({}, ...shared, own) as Record<string, string>)
  return Object.fromEntries(all.filter(([name]) => !known || known.includes(name)))
}

/** Replaces variables as the kubelet does. */
export const inPod = (text: string, { metadata }: Resource, index = 0): string =>
  text
    .replaceAll('$(POD_NAME)', `${metadata.name}-${index}`)
    .replaceAll('$(POD_NAMESPACE)', metadata.namespace ?? 'default')
    .replaceAll('$(POD_INDEX)', String(index))

/** Of a broker's advertised listeners, brokers use only the one for replication. */
const interBrokerOnly = (text: string): string =>
  text.startsWith('advertised.listeners=')
    ? text
        .split(/[=,]/)
        .filter((listener) => listener.startsWith('REPLICATION:'))
        .join()
    : text
