import { containersOf, keysOf, ofKind, type Resource, titleOf, type Workload, workloads } from './resource.ts'

interface Reference {
  from: string
  kind: 'ConfigMap' | 'Secret'
  name: string
  key?: string
}

/** Keys that operators create by hand, as `Kind name key`. */
type ManualKeys = readonly string[]

/** Every referenced ConfigMap, Secret and key is in the manifests or created by hand. */
export function references(resources: readonly Resource[], manualKeys: ManualKeys): string[] {
  const pods = workloads(resources)
  const found = [...pods.flatMap(referencesOf), ...ofKind(resources, 'Ingress').flatMap(referencesOfIngress)]
  return [
    ...found.flatMap((reference) => missing(reference, resources, manualKeys)),
    ...pods.flatMap(volumesOf),
    ...fileArguments(pods, resources, manualKeys),
  ]
}

function missing(
  { from, kind, name, key }: Reference,
  resources: readonly Resource[],
  manualKeys: ManualKeys,
): string[] {
  const existing = ofKind(resources, kind).find(({ metadata }) => metadata.name === name)
  const manual = manualKeys.filter((line) => line.startsWith(`${kind} ${name} `))
  if (!existing && manual.length === 0) return [`${from}: there is no ${kind} ${name}`]
  if (key === undefined || (existing && keysOf(existing).includes(key))) return []
  return manual.includes(`${kind} ${name} ${key}`) ? [] : [`${from}: the ${kind} ${name} has no ${key}`]
}

function referencesOf({ title, pod }: Workload): Reference[] {
  const fromEnv = containersOf(pod).flatMap(({ env = [], envFrom = [] }): Reference[] => [
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...(configMapRef ? [{ from: title, kind: 'ConfigMap' as const, name: configMapRef.name }] : []),
      ...(secretRef ? [{ from: title, kind: 'Secret' as const, name: secretRef.name }] : []),
    ]),
    ...env.flatMap(({ valueFrom: { configMapKeyRef, secretKeyRef } = {} }) => [
      ...(configMapKeyRef ? [{ from: title, kind: 'ConfigMap' as const, ...configMapKeyRef }] : []),
      ...(secretKeyRef ? [{ from: title, kind: 'Secret' as const, ...secretKeyRef }] : []),
    ]),
  ])
  const fromVolumes = (pod.volumes ?? []).flatMap(({ configMap, secret }): Reference[] => {
    const [kind, name] = configMap
      ? (['ConfigMap', configMap.name] as const)
      : (['Secret', secret?.secretName] as const)
    if (name === undefined) return []
    const items = (configMap ?? secret)?.items
    return items ? items.map(({ key }) => ({ from: title, kind, name, key })) : [{ from: title, kind, name }]
  })
  return [...fromEnv, ...fromVolumes]
}

function referencesOfIngress(ingress: Resource): Reference[] {
  const tls = (ingress.spec?.['tls'] ?? []) as { secretName?: string }[]
  return tls.flatMap(({ secretName: name }) =>
    name ? ['tls.crt', 'tls.key'].map((key) => ({ from: titleOf(ingress), kind: 'Secret' as const, name, key })) : [],
  )
}

/** Every mount has a volume or a claim, and every volume a mount. */
function volumesOf({ title, pod, resource }: Workload): string[] {
  const claims = (resource.spec?.['volumeClaimTemplates'] ?? []) as Resource[]
  const existing = [...(pod.volumes ?? []).map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)]
  const mounted = containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
  return [
    ...mounted.filter((name) => !existing.includes(name)).map((name) => `${title}: there is no volume ${name}`),
    ...existing.filter((name) => !mounted.includes(name)).map((name) => `${title}: nothing mounts the volume ${name}`),
  ]
}

/** Every path below a mounted ConfigMap or Secret in a command or variable is one of its keys. */
function fileArguments(pods: readonly Workload[], resources: readonly Resource[], manualKeys: ManualKeys): string[] {
  return pods.flatMap(({ title, pod }) =>
    containersOf(pod).flatMap((container) => {
      const texts = [
        ...(container.command ?? []),
        ...(container.args ?? []),
        ...(container.env ?? []).map(({ value }) => value ?? ''),
      ]
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
      const all = [...texts, ...probes.flatMap((probe) => probe?.exec?.command ?? [])]
      return (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
        const volume = (pod.volumes ?? []).find((volume) => volume.name === name)
        const [kind, source] = volume?.configMap
          ? (['ConfigMap', volume.configMap.name] as const)
          : (['Secret', volume?.secret?.secretName] as const)
        if (source === undefined) return []
        const named = all.flatMap((text) => Array.from(text.matchAll(/\/[\w./-]+/g), ([path]) => path))
        const keys = named
          .filter((path) => path.startsWith(`${mountPath}/`))
          .map((path) => path.slice(mountPath.length + 1))
        return [...new Set(keys)].flatMap((key) =>
          missing({ from: title, kind, name: source, key }, resources, manualKeys),
        )
      })
    }),
  )
}
