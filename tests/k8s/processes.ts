import { EDGE_VARIABLES, readEdgeConfig } from '#edge/config.ts'
import { PROCESSOR_VARIABLES, readProcessorConfig } from '#processor/config.ts'
import { PROXY_VARIABLES, readProxyConfig } from '#proxy/config.ts'

export type Environment = Record<string, string>

/** Our processes: the variables that each reads, and the function that reads and checks them. */
export const PROCESSES = {
  edge: { variables: EDGE_VARIABLES, read: readEdgeConfig },
  proxy: { variables: PROXY_VARIABLES, read: readProxyConfig },
  processor: { variables: PROCESSOR_VARIABLES, read: readProcessorConfig },
} as const

export type ProcessName = keyof typeof PROCESSES

/** The process that a container runs; undefined for foreign images and for tools from our images. */
export function processOf({ image, command }: { image: string; command?: string[] }): ProcessName | undefined {
  const name = /^reservoir\/(\w+):/.exec(image)?.[1]
  const runs = command === undefined || command.includes(`${name}/node.ts`)
  return name !== undefined && name in PROCESSES && runs ? (name as ProcessName) : undefined
}

export const variablesFor = (container: { image: string; command?: string[] }): readonly string[] | undefined => {
  const name = processOf(container)
  return name && PROCESSES[name].variables
}
