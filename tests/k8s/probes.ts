import {
  type Container,
  isServer,
  portNumber,
  type Probe,
  type Resource,
  type Workload,
  workloads,
} from './resource.ts'

const KINDS = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const

/** Longer than this a process does not take to end, by its own limits, in seconds. */
const DRAINS_S: Readonly<Record<string, number>> = { edge: 8, proxy: 20, processor: 30 }

/** Every container that serves is asked whether it has started, lives and is ready, and is given the time to end. */
export const probes = (resources: readonly Resource[]): string[] =>
  workloads(resources)
    .filter(isServer)
    .flatMap((workload) => [...workload.pod.containers.flatMap((one) => asked(one, workload)), ...ends(workload)])

function asked(container: Container, { title, pod }: Workload): string[] {
  const by = `${title}, ${container.name}`
  return KINDS.flatMap((kind) => {
    const probe = container[kind]
    if (!probe) return [`${by}: has no ${kind}`]
    const port = probe.httpGet?.port
    const leadsNowhere = port !== undefined && !isOpenIn(container, portNumber(pod, port))
    return [
      ...(probe.tcpSocket ? [`${by}: its ${kind} looks at a port only, which stays open when nothing moves`] : []),
      ...(leadsNowhere ? [`${by}: its ${kind} asks at a port that it has not`] : []),
      ...(kind === 'readinessProbe' && isSame(probe, container.livenessProbe)
        ? [`${by}: it would be restarted for not being ready`]
        : []),
    ]
  })
}

const isOpenIn = ({ ports = [] }: Container, port?: number): boolean =>
  ports.some(({ containerPort }) => containerPort === port)

/** For those that answer HTTP, which have a page for each. */
const isSame = (one: Probe, other?: Probe): boolean =>
  one.httpGet !== undefined && one.httpGet.path === other?.httpGet?.path

function ends({ title, pod: { containers, terminationGracePeriodSeconds: given = 30 } }: Workload): string[] {
  return containers.flatMap(({ image, lifecycle }) => {
    const process = /^reservoir\/(\w+):/.exec(image)?.[1]
    const pause = lifecycle?.preStop?.sleep?.seconds ?? 0
    const needed = pause + (DRAINS_S[process ?? ''] ?? 0)
    return given > needed ? [] : [`${title}: is killed after ${given} s, and may need ${needed} s to end`]
  })
}
