/** Checks that settings suit the profile: what is for development must not serve others. */
import { readFileSync } from 'node:fs'
import { type Environment, LOCALHOST } from '#platform/settings.ts'
import { type Finding, warning, wrong } from './report.mjs'
import { isDev } from './settings.ts'

export interface DevKeyFiles {
  tokens: string
  commands: string
}

export const checkProfile = (env: Environment, files: DevKeyFiles): Finding[] =>
  isDev(env) ? exposed(env) : devKeysIn(env, files)

/** The dev profile has a public password, and its reference page offers tokens. */
function exposed({ LISTEN_HOST: host }: Environment): Finding[] {
  if (!host || host === LOCALHOST) return []
  const message = `LISTEN_HOST is ${host}: other computers can use the dev profile, with its public password and its tokens`
  return [warning('profile', message, 'set LISTEN_HOST=localhost, or PROFILE=production with your own secrets')]
}

/** Processes refuse the publicly known secrets themselves; they do not know the keys of this computer. */
function devKeysIn(env: Environment, { tokens, commands }: DevKeyFiles): Finding[] {
  const uses = [
    ['COMMAND_KEYS', commands, secretIn(commands), 'set your own keys: openssl rand -base64 32'],
    ['JWT_JWKS', tokens, publicKeyIn(tokens), 'set the public keys of the issuer of your tokens'],
  ] as const
  return uses.flatMap(([name, file, key, remedy]) =>
    key && env[name]?.includes(key)
      ? [wrong('profile', `${name} has the key of ${file}, which is for development, in production`, remedy)]
      : [],
  )
}

const secretIn = (file: string): string | undefined => textOf(file).split(':')[1]?.trim()

const publicKeyIn = (file: string): string | undefined => /"x":\s*"([\w-]+)"/.exec(textOf(file))?.[1]

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
