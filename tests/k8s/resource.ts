/** Types of the manifest fields that the rules read. The schemas have checked the manifests before. */
export type Labels = Readonly<Record<string, string>>

export interface Selector {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels }
  spec?: Record<string, unknown>
  data?: Record<string, string>
  stringData?: Record<string, string>
}

export interface KeyRef {
  name: string
  key?: string
  optional?: boolean
}

export interface Variable {
  name: string
  value?: string
  valueFrom?: { configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef; fieldRef?: { fieldPath: string } }
}

export interface Probe {
  exec?: { command: string[] }
  httpGet?: { path?: string; port: string | number }
  tcpSocket?: { port: string | number }
}

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  env?: Variable[]
  envFrom?: { configMapRef?: KeyRef; secretRef?: KeyRef }[]
  ports?: { name?: string; containerPort: number; protocol?: string }[]
  volumeMounts?: { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[]
  startupProbe?: Probe
  livenessProbe?: Probe
  readinessProbe?: Probe
  lifecycle?: { preStop?: { sleep?: { seconds: number } } }
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    privileged?: boolean
    readOnlyRootFilesystem?: boolean
    runAsNonRoot?: boolean
    runAsUser?: number
    capabilities?: { drop?: string[]; add?: string[] }
    seccompProfile?: { type: string }
  }
}

export interface Volume {
  name: string
  configMap?: { name: string; items?: { key: string; path: string }[]; optional?: boolean }
  secret?: { secretName: string; items?: { key: string; path: string }[]; optional?: boolean }
  emptyDir?: object
  hostPath?: object
}

export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  hostNetwork?: boolean
  hostPID?: boolean
  hostIPC?: boolean
  automountServiceAccountToken?: boolean
  terminationGracePeriodSeconds?: number
  topologySpreadConstraints?: { topologyKey: string; labelSelector?: Selector }[]
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; fsGroup?: number; seccompProfile?: { type: string } }
}

export interface Workload {
  resource: Resource
  /** `Kind name`, for messages. */
  title: string
  labels: Labels
  pod: PodSpec
}

export const titleOf = ({ kind, metadata }: Resource): string => `${kind} ${metadata.name}`

interface Template {
  metadata?: { labels?: Labels }
  spec: PodSpec
}

/** Pods and the resources that create pods. */
export function workloads(resources: readonly Resource[]): Workload[] {
  return resources.flatMap((resource) => {
    const template = resource.spec?.['template'] as Template | undefined
    const title = titleOf(resource)
    if (resource.kind === 'Pod') {
      return [{ resource, title, labels: resource.metadata.labels ?? {}, pod: resource.spec as unknown as PodSpec }]
    }
    return template?.spec ? [{ resource, title, labels: template.metadata?.labels ?? {}, pod: template.spec }] : []
  })
}

/** Whether it runs until it is stopped. */
export const isServer = ({ resource: { kind } }: Workload): boolean => kind === 'Deployment' || kind === 'StatefulSet'

export const containersOf = ({ initContainers = [], containers }: PodSpec): Container[] => [
  ...initContainers,
  ...containers,
]

/** A selector without conditions selects everything. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key]
    if (operator === 'In') return value !== undefined && values.includes(value)
    if (operator === 'NotIn') return value === undefined || !values.includes(value)
    return (operator === 'Exists') === (value !== undefined)
  })

export const ofKind = (resources: readonly Resource[], kind: string): Resource[] =>
  resources.filter((resource) => resource.kind === kind)

export const keysOf = ({ data = {}, stringData = {} }: Resource): string[] => [
  ...Object.keys(data),
  ...Object.keys(stringData),
]

/** The number of a port that is given by number or name. */
export const portNumber = (pod: PodSpec, port: string | number): number | undefined =>
  typeof port === 'number'
    ? port
    : pod.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)?.containerPort
