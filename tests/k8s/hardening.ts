/** Rules of the restricted Pod Security Standard, further rules of this project, and rules for availability. */
import {
  type Container,
  containersOf,
  isServer,
  ofKind,
  type Resource,
  selects,
  type Selector,
  type Workload,
  workloads,
} from './resource.ts'

export function hardening(resources: readonly Resource[]): string[] {
  return [
    ...namespace(resources),
    ...workloads(resources).flatMap((workload) => [
      ...pod(workload),
      ...containers(workload),
      ...availability(workload, resources),
    ]),
  ]
}

function namespace(resources: readonly Resource[]): string[] {
  const [only, ...more] = ofKind(resources, 'Namespace')
  if (!only || more.length > 0) return ['there must be exactly one Namespace']
  const level = only.metadata.labels?.['pod-security.kubernetes.io/enforce']
  const name = only.metadata.name
  const strays = resources.filter((one) => one !== only && one.metadata.namespace !== name)
  return [
    ...(level === 'restricted' ? [] : [`Namespace ${name}: does not enforce the restricted Pod Security`]),
    ...strays.map(({ kind, metadata }) => `${kind} ${metadata.name}: is not in ${name}`),
  ]
}

const PLAIN_VOLUMES = new Set(['configMap', 'secret', 'emptyDir', 'projected', 'downwardAPI', 'persistentVolumeClaim'])

function pod({ title, pod }: Workload): string[] {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => pod[name])
  const context = pod.securityContext ?? {}
  const foreign = (pod.volumes ?? []).filter((volume) => !Object.keys(volume).some((key) => PLAIN_VOLUMES.has(key)))
  return [
    ...shared.map((name) => `${title}: has ${name}`),
    ...foreign.map(({ name }) => `${title}: the volume ${name} has a type that restricted pods must not use`),
    ...(pod.automountServiceAccountToken === false ? [] : [`${title}: mounts a service account token`]),
    ...(context.runAsNonRoot === true && context.runAsUser !== 0 ? [] : [`${title}: may run as root`]),
    ...(context.seccompProfile?.type === 'RuntimeDefault' ? [] : [`${title}: has no seccomp profile`]),
  ]
}

const containers = ({ title, pod }: Workload): string[] =>
  containersOf(pod).flatMap((container) => faultsOf(container).map((fault) => `${title}, ${container.name}: ${fault}`))

function faultsOf({ image, securityContext = {}, resources = {}, env = [], envFrom = [] }: Container): string[] {
  const { capabilities = {} } = securityContext
  const faults: [boolean, string][] = [
    [!/^[\w./-]+:[\w.-]*\d[\w.-]*(@sha256:[\da-f]{64})?$/.test(image), `the image ${image} is not pinned`],
    [securityContext.allowPrivilegeEscalation !== false, 'may gain privileges'],
    [securityContext.privileged === true, 'is privileged'],
    [securityContext.runAsNonRoot === false || securityContext.runAsUser === 0, 'may run as root'],
    [securityContext.readOnlyRootFilesystem !== true, 'may write to its image'],
    [!capabilities.drop?.includes('ALL') || (capabilities.add ?? []).length > 0, 'keeps capabilities'],
    [!resources.requests?.['cpu'] || !resources.requests['memory'], 'requests no CPU or no memory'],
    [!resources.limits?.['memory'], 'has no memory limit'],
    [
      env.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom.some((one) => one.secretRef),
      'has a Secret in its environment',
    ],
  ]
  return faults.filter(([applies]) => applies).map(([, fault]) => fault)
}

/** Every server is spread over the nodes and has a disruption budget. */
function availability(workload: Workload, resources: readonly Resource[]): string[] {
  if (!isServer(workload)) return []
  const { title, labels, resource, pod } = workload
  const budgets = ofKind(resources, 'PodDisruptionBudget').filter(({ spec }) =>
    selects(spec?.['selector'] as Selector, labels),
  )
  const isScaled = ofKind(resources, 'HorizontalPodAutoscaler').some(
    ({ spec }) => (spec!['scaleTargetRef'] as { name: string }).name === resource.metadata.name,
  )
  const hasClaims = ((resource.spec?.['volumeClaimTemplates'] as unknown[]) ?? []).length > 0
  const isSpread = pod.topologySpreadConstraints?.some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname')
  const faults: [boolean, string][] = [
    [budgets.length !== 1, `has ${budgets.length} disruption budgets`],
    [!isSpread, 'is not spread over the nodes'],
    [resource.kind === 'StatefulSet' && !hasClaims, 'has no persistent volume'],
    [resource.kind === 'Deployment' && !isScaled, 'has no autoscaler'],
  ]
  return faults.filter(([applies]) => applies).map(([, fault]) => `${title}: ${fault}`)
}
