import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { envFile } from './environment.ts'
import { type Container, type Resource, type Workload, workloads } from './resource.ts'
import { contentOf, inPod, variablesIn } from './texts.ts'

/** The content of a ConfigMap or Secret that operators create by hand and the manifests do not have. */
export type ManualContent = (kind: 'ConfigMap' | 'Secret', name: string) => Record<string, string>

export interface ContainerStart {
  command: string[]
  /** All variables that Kubernetes would set. */
  env: Record<string, string>
  probes: { live: string[]; ready: string[] }
}

/**
 * Writes a pod's mounts below a folder. Returns how its first container starts, with each mounted path below that folder.
 * `index` is the pod's number within its set.
 */
export function mounted(
  { pod, resource }: Workload,
  resources: readonly Resource[],
  { folder, manualContent, index = 0 }: { folder: string; manualContent: ManualContent; index?: number },
): ContainerStart {
  const [container] = pod.containers as [Container]
  const content = (kind: 'ConfigMap' | 'Secret', name: string) => {
    const within = contentOf(resources, kind, name)
    return Object.keys(within).length > 0 ? within : manualContent(kind, name)
  }
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => {
    const { configMap, secret } = pod.volumes?.find((volume) => volume.name === name) ?? {}
    const [kind, source] = configMap
      ? (['ConfigMap', configMap.name] as const)
      : (['Secret', secret?.secretName] as const)
    const items = (configMap ?? secret)?.items
    const files = source === undefined ? {} : content(kind, source)
    for (const [key, text] of Object.entries(files)) {
      if (!items || items.some((item) => item.key === key)) write(join(folder, mountPath, key), text)
    }
    if (source === undefined) mkdirSync(join(folder, mountPath), { recursive: true })
    return mountPath
  })
  const shared = (container.envFrom ?? []).map(({ configMapRef }) => content('ConfigMap', configMapRef!.name))
  const own = variablesIn(container, resources)
  const within = (text: string): string => underFolder(inPod(text, resource, index), mounts, folder)
  const given = { ...Object.assign({}, ...shared), ...own, ...envFile(container, pod, content) } as Record<
    string,
    string
  >
  return {
    command: [...(container.command ?? []), ...(container.args ?? [])].map(within),
    env: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, within(value)])),
    probes: {
      live: (container.livenessProbe?.exec?.command ?? []).map(within),
      ready: (container.readinessProbe?.exec?.command ?? []).map(within),
    },
  }
}

function underFolder(text: string, mounts: readonly string[], folder: string): string {
  const pattern = mounts.toSorted((a, b) => b.length - a.length).join('|')
  return text.replaceAll(new RegExp(`(?<![\\w.-])(?:${pattern})(?![\\w-])`, 'g'), (mount) => folder + mount)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o600 })
}

export function workload(resources: readonly Resource[], kind: string, name: string): Workload {
  const found = workloads(resources).find(({ title }) => title === `${kind} ${name}`)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found
}
