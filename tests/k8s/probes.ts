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

/** The longest time a process needs to end, in seconds. */
const DRAINS_S: Readonly<Record<string, number>> = { edge: 8, proxy: 20, processor: 30 }

/** Every container of a server has all three probes and enough time to end. */
export const probes = (resources: readonly Resource[]): string[] =>
  workloads(resources)
    .filter(isServer)
    .flatMap((workload) => [
      ...workload.pod.containers.flatMap((one) => probeFaults(one, workload)),
      ...gracePeriodFaults(workload),
    ])

function probeFaults(container: Container, { title, pod }: Workload): string[] {
  const where = `${title}, ${container.name}`
  return KINDS.flatMap((kind) => {
    const probe = container[kind]
    if (!probe) return [`${where}: has no ${kind}`]
    const port = probe.httpGet?.port
    const isPortMissing = port !== undefined && !isOpenIn(container, portNumber(pod, port))
    return [
      ...(probe.tcpSocket ? [`${where}: its ${kind} only checks an open port, which a hung process keeps open`] : []),
      ...(isPortMissing ? [`${where}: its ${kind} uses a port that the container lacks`] : []),
      ...(kind === 'readinessProbe' && isSame(probe, container.livenessProbe)
        ? [`${where}: it would restart whenever it is not ready`]
        : []),
    ]
  })
}

const isOpenIn = ({ ports = [] }: Container, port?: number): boolean =>
  ports.some(({ containerPort }) => containerPort === port)

/** Compares HTTP probes only: HTTP servers have a path for each probe. */
const isSame = (one: Probe, other?: Probe): boolean =>
  one.httpGet !== undefined && one.httpGet.path === other?.httpGet?.path

function gracePeriodFaults({
  title,
  pod: { containers, terminationGracePeriodSeconds: given = 30 },
}: Workload): string[] {
  return containers.flatMap(({ image, lifecycle }) => {
    const process = /^reservoir\/(\w+):/.exec(image)?.[1]
    const pause = lifecycle?.preStop?.sleep?.seconds ?? 0
    const needed = pause + (DRAINS_S[process ?? ''] ?? 0)
    return given > needed ? [] : [`${title}: is killed after ${given} s, but may need ${needed} s to end`]
  })
}
