/** What a process of its own finds in its environment when an npm command starts it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EDGE_VARIABLES } from '#edge/config.ts'
import { PROCESSOR_VARIABLES } from '#processor/config.ts'
import { PROXY_VARIABLES } from '#proxy/config.ts'
import { devKeys } from './keys.ts'
import { variablesFor } from './runtimes.ts'
import { LOCAL_VARIABLES, readLocalConfig } from '../system/config.ts'

export const ROOT = join(import.meta.dirname, '../..')
const ENV_FILE = join(ROOT, '.env')

const OURS = [...LOCAL_VARIABLES, ...EDGE_VARIABLES, ...PROXY_VARIABLES, ...PROCESSOR_VARIABLES]

/** Takes up `.env`, where there is one; an empty value is none, also for those whom we start. */
export function loadEnvironment(): void {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  for (const name of OURS) if (process.env[name] === '') delete process.env[name]
}

/** Of all of them, those that the edge reads: it is to know of no database. */
export const edgeVariablesIn = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => EDGE_VARIABLES.includes(name)))

/**
 * The variables of a process: in the dev profile, which is the default of our commands, what the environment does not say is
 * what a system on this computer has. In production nothing is filled in.
 */
export async function variablesOf(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const config = readLocalConfig(env)
  const said = Object.fromEntries(OURS.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  if ((env['PROFILE'] ?? 'dev') !== 'dev') return said
  const { JWT_JWKS, ...rest } = variablesFor(config, (await devKeys(ROOT)).jwks)
  const keys: Record<string, string> = said['JWT_JWKS_URL'] ? {} : { JWT_JWKS: JWT_JWKS! }
  const { PROXY_PORT, PROCESSOR_PORT } = config
  return { PROXY_PORT: String(PROXY_PORT), PROCESSOR_PORT: String(PROCESSOR_PORT), ...rest, ...keys, ...said }
}
