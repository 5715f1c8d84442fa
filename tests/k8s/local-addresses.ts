/** Local addresses of a cluster's pods: each port of a pod gets a free local port at its first use. */
import { freePorts } from '../../scripts/stack/ports.ts'

export interface LocalAddresses {
  portOf: (pod: string, port: number) => number
  /** Replaces addresses of the cluster by local ones. A port without a host is a port of the pod `self`. */
  translate: (text: string, self: string) => string
}

const HOST = '127.0.0.1'
const POD = /\b([a-z]+-\d)\.[a-z]+-(?:brokers|servers)(?:\.[\w.-]+?)?:(\d+)(?::(\d+))?/g
const OWN = /(:\/\/)(?:127\.0\.0\.1)?:(\d+)|^((?:c|secureC)lientPort=)(\d+)/gm

/** @param services the pods behind each Service, for example `kafka: ['kafka-0']` */
export async function makeLocalAddresses(
  services: Readonly<Record<string, readonly string[]>>,
  count = 60,
): Promise<LocalAddresses> {
  const free = await freePorts(Array.from({ length: count }, () => 0))
  const taken = new Map<string, number>()
  const portOf = (pod: string, port: number): number => {
    const name = `${pod}:${port}`
    if (!taken.has(name)) taken.set(name, free.pop() ?? 0)
    return taken.get(name)!
  }
  const behind = new RegExp(`(?<![\\w.-])(${Object.keys(services).join('|')})(?:\\.[\\w.-]+?)?:(\\d+)`, 'g')
  return {
    portOf,
    translate: (text, self) =>
      text
        .replaceAll(POD, (_, pod: string, one: string, two?: string) =>
          [HOST, portOf(pod, Number(one)), ...(two === undefined ? [] : [portOf(pod, Number(two))])].join(':'),
        )
        .replaceAll(behind, (_, service: string, port: string) =>
          services[service]!.map((pod) => `${HOST}:${portOf(pod, Number(port))}`).join(','),
        )
        .replaceAll(
          OWN,
          (found, scheme: string | undefined, port: string, name: string | undefined, number: string) => {
            if (name !== undefined) return `${name}${portOf(self, Number(number))}`
            return found.startsWith('://:') || Number(port) < 10_000
              ? `${scheme}${HOST}:${portOf(self, Number(port))}`
              : found
          },
        ),
  }
}
