/** Checks the settings of all processes, because it is not known which of them run on this computer. */
import { readEdgeConfig } from '#edge/config.ts'
import { DEV_DEFAULTS } from '#platform/defaults.mjs'
import { type Environment, given } from '#platform/settings.ts'
import { driverProblems, readProcessorConfig } from '#processor/config.ts'
import { readProxyConfig } from '#proxy/config.ts'
import { type Finding, wrong } from './report.mjs'
import { type LocalConfig, readLocalConfig } from '../system/config.ts'

export const isDev = (env: Environment): boolean => (env['PROFILE'] || 'dev') === 'dev'

/** The settings, or a finding for each problem. */
export function checkSettings(env: Environment): { settings?: LocalConfig; findings: Finding[] } {
  try {
    return { settings: readLocalConfig(env, [...driverProblems(env), ...processProblems(env)]), findings: [] }
  } catch (error) {
    const problems = new Set(problemsIn(error))
    return { findings: Array.from(problems, (problem) => wrong('settings', problem, 'see .env.example')) }
  }
}

const MISSING = /^[A-Z_]+( or [A-Z_]+)? is missing/

/** Settings that only one process reads may be missing, but not invalid. */
function processProblems(env: Environment): string[] {
  const { UPSTASH_KAFKA_REST_USERNAME, UPSTASH_KAFKA_REST_PASSWORD } = DEV_DEFAULTS
  const credentials = isDev(env) ? { UPSTASH_KAFKA_REST_USERNAME, UPSTASH_KAFKA_REST_PASSWORD } : {}
  const variables = { ...credentials, ...given(env), PROFILE: env['PROFILE'] || 'dev' }
  return [readEdgeConfig, readProxyConfig, readProcessorConfig].flatMap((read) => {
    try {
      read(variables)
      return []
    } catch (error) {
      return problemsIn(error).filter((problem) => !MISSING.test(problem))
    }
  })
}

/** One line for each problem, after the line that names the process. */
function problemsIn(error: unknown): string[] {
  const [, ...lines] = (error as Error).message.split('\n')
  return lines.map((line) => line.trim())
}
