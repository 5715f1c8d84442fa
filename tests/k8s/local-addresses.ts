/** Where on this computer the pods of a cluster listen: a port for each of a pod's ports, taken when it is first asked for. */
import { freePorts } from '../../scripts/stack/ports.ts'

export interface Places {
  of: (pod: string, port: number) => number
  /** Addresses of the cluster become addresses here; without an address, a port is one of `self`. */
  translate: (text: string, self: string) => string
}

const HOST = '127.0.0.1'
const POD = /\b([a-z]+-\d)\.[a-z]+-(?:brokers|servers)(?:\.[\w.-]+?)?:(\d+)(?::(\d+))?/g
const OWN = /(:\/\/)(?:127\.0\.0\.1)?:(\d+)|^((?:c|secureC)lientPort=)(\d+)/gm

/** `services`: who stands behind each, as `kafka: ['kafka-0']`. */
export async function makePlaces(services: Readonly<Record<string, readonly string[]>>, count = 60): Promise<Places> {
  const free = await freePorts(Array.from({ length: count }, () => 0))
  const taken = new Map<string, number>()
  const of = (pod: string, port: number): number => {
    const name = `${pod}:${port}`
    if (!taken.has(name)) taken.set(name, free.pop() ?? 0)
    return taken.get(name)!
  }
  const behind = new RegExp(`(?<![\\w.-])(${Object.keys(services).join('|')})(?:\\.[\\w.-]+?)?:(\\d+)`, 'g')
  return {
    of,
    translate: (text, self) =>
      text
        .replaceAll(POD, (_, pod: string, one: string, two?: string) =>
          [HOST, of(pod, Number(one)), ...(two === undefined ? [] : [of(pod, Number(two))])].join(':'),
        )
        .replaceAll(behind, (_, service: string, port: string) =>
          services[service]!.map((pod) => `${HOST}:${of(pod, Number(port))}`).join(','),
        )
        .replaceAll(
          OWN,
          (found, scheme: string | undefined, port: string, name: string | undefined, number: string) => {
            if (name !== undefined) return `${name}${of(self, Number(number))}`
            return found.startsWith('://:') || Number(port) < 10_000
              ? `${scheme}${HOST}:${of(self, Number(port))}`
              : found
          },
        ),
  }
}
