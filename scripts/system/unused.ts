import { EDGE_VARIABLES } from '#edge/config.ts'
import { PROCESSOR_VARIABLES } from '#processor/config.ts'
import { PROXY_VARIABLES } from '#proxy/config.ts'
import { LOCAL_VARIABLES, SERVER_VARIABLES } from './config.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SETTINGS = new Set([...LOCAL_VARIABLES, ...EDGE_VARIABLES, ...PROXY_VARIABLES, ...PROCESSOR_VARIABLES])

const isServer = (name: string): boolean => SERVER_VARIABLES.has(name)

/** Why `npm start` does not use a setting; undefined if it does. */
function reasonFor(name: string, value: string): string | undefined {
  if (name === 'PROFILE') return value === 'dev' ? undefined : 'npm start always runs the dev profile'
  if (isServer(name))
    return 'npm start uses the embedded log and store; npm run proxy, processor and edge use the servers'
  if (LOCAL_VARIABLES.includes(name)) return undefined
  return 'only npm run proxy, processor and edge read it'
}

/** A sentence for each reason, with the settings that are set although `npm start` does not use them. */
export function unusedByStart(env: Environment): string[] {
  const byReason = new Map<string, string[]>()
  for (const name of SETTINGS) {
    const reason = env[name] ? reasonFor(name, env[name]) : undefined
    if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  }
  return Array.from(byReason, ([reason, names]) => `npm start does not use ${names.join(', ')}: ${reason}.`)
}
