import { containersOf, keysOf, ofKind, type Resource, titleOf, type Workload, workloads } from './resource.ts'

interface Wanted {
  by: string
  kind: 'ConfigMap' | 'Secret'
  name: string
  key?: string
}

/** `Kind name key` of what is made by hand. */
type ByHand = readonly string[]

/** Every ConfigMap and Secret that is referred to is there, with the key, or is made by hand. */
export function references(resources: readonly Resource[], byHand: ByHand): string[] {
  const pods = workloads(resources)
  const wanted = [...pods.flatMap(wantedBy), ...ofKind(resources, 'Ingress').flatMap(wantedByIngress)]
  return [
    ...wanted.flatMap((want) => missing(want, resources, byHand)),
    ...pods.flatMap(volumesOf),
    ...fileArguments(pods, resources, byHand),
  ]
}

function missing({ by, kind, name, key }: Wanted, resources: readonly Resource[], byHand: ByHand): string[] {
  const there = ofKind(resources, kind).find(({ metadata }) => metadata.name === name)
  const handmade = byHand.filter((line) => line.startsWith(`${kind} ${name} `))
  if (!there && handmade.length === 0) return [`${by}: there is no ${kind} ${name}`]
  if (key === undefined || (there && keysOf(there).includes(key))) return []
  return handmade.includes(`${kind} ${name} ${key}`) ? [] : [`${by}: the ${kind} ${name} has no ${key}`]
}

function wantedBy({ title, pod }: Workload): Wanted[] {
  const fromEnv = containersOf(pod).flatMap(({ env = [], envFrom = [] }): Wanted[] => [
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...(configMapRef ? [{ by: title, kind: 'ConfigMap' as const, name: configMapRef.name }] : []),
      ...(secretRef ? [{ by: title, kind: 'Secret' as const, name: secretRef.name }] : []),
    ]),
    ...env.flatMap(({ valueFrom: { configMapKeyRef, secretKeyRef } = {} }) => [
      ...(configMapKeyRef ? [{ by: title, kind: 'ConfigMap' as const, ...configMapKeyRef }] : []),
      ...(secretKeyRef ? [{ by: title, kind: 'Secret' as const, ...secretKeyRef }] : []),
    ]),
  ])
  const fromVolumes = (pod.volumes ?? []).flatMap(({ configMap, secret }): Wanted[] => {
    const [kind, name] = configMap
      ? (['ConfigMap', configMap.name] as const)
      : (['Secret', secret?.secretName] as const)
    if (name === undefined) return []
    const items = (configMap ?? secret)?.items
    return items ? items.map(({ key }) => ({ by: title, kind, name, key })) : [{ by: title, kind, name }]
  })
  return [...fromEnv, ...fromVolumes]
}

function wantedByIngress(ingress: Resource): Wanted[] {
  const tls = (ingress.spec?.['tls'] ?? []) as { secretName?: string }[]
  return tls.flatMap(({ secretName: name }) =>
    name ? ['tls.crt', 'tls.key'].map((key) => ({ by: titleOf(ingress), kind: 'Secret' as const, name, key })) : [],
  )
}

/** A mount names a volume of its pod, or a claim of its set. */
function volumesOf({ title, pod, resource }: Workload): string[] {
  const claims = (resource.spec?.['volumeClaimTemplates'] ?? []) as Resource[]
  const there = [...(pod.volumes ?? []).map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)]
  const mounted = containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
  return [
    ...mounted.filter((name) => !there.includes(name)).map((name) => `${title}: there is no volume ${name}`),
    ...there.filter((name) => !mounted.includes(name)).map((name) => `${title}: nothing mounts the volume ${name}`),
  ]
}

/** A path below a mounted ConfigMap or Secret, wherever a command or a variable names one, is one of its keys. */
function fileArguments(pods: readonly Workload[], resources: readonly Resource[], byHand: ByHand): string[] {
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
        return [...new Set(keys)].flatMap((key) => missing({ by: title, kind, name: source, key }, resources, byHand))
      })
    }),
  )
}
