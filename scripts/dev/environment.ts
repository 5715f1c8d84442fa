/** The environment of a process that an npm command starts. */
import { join } from 'node:path'
import { EDGE_VARIABLES } from '#edge/config.ts'
import { PROCESSOR_VARIABLES } from '#processor/config.ts'
import { PROXY_VARIABLES } from '#proxy/config.ts'
import { devKeys } from './keys.ts'
import { variablesFor } from './runtimes.ts'
import { LOCAL_VARIABLES, readLocalConfig } from '../system/config.ts'
import { loadEnvFile } from '../system/env-file.ts'

export const ROOT = join(import.meta.dirname, '../..')

const READ_VARIABLES = [...LOCAL_VARIABLES, ...EDGE_VARIABLES, ...PROXY_VARIABLES, ...PROCESSOR_VARIABLES]

/** Loads `.env`. Empty values are removed, so the processes that a command starts do not see them. */
export function loadEnvironment(): void {
  loadEnvFile()
  for (const name of READ_VARIABLES) if (process.env[name] === '') delete process.env[name]
}

/** Only the variables that the edge reads: the edge must not receive the address of a database. */
export const edgeVariablesIn = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => EDGE_VARIABLES.includes(name)))

/**
 * The variables of a process. In the dev profile, which is the default, missing variables get the values of a system on this
 * computer. In production no variable is added.
 */
export async function variablesOf(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const config = readLocalConfig(env)
  const set = Object.fromEntries(READ_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  if ((env['PROFILE'] ?? 'dev') !== 'dev') return set
  const { JWT_JWKS, ...rest } = variablesFor(config, await devKeys(ROOT, env))
  const keys: Record<string, string> = set['JWT_JWKS_URL'] ? {} : { JWT_JWKS: JWT_JWKS! }
  const { PROXY_PORT, PROCESSOR_PORT } = config
  return { PROXY_PORT: String(PROXY_PORT), PROCESSOR_PORT: String(PROCESSOR_PORT), ...rest, ...keys, ...set }
}
