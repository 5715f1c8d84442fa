import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ManualContent } from './mounted.ts'

/** The content that docs/deploy.md asks operators to create: the public keys of tokens and, in production, the output of secrets.sh. */
export const manualContent =
  (secrets: string, jwks: object): ManualContent =>
  (kind, name) => {
    if (kind === 'ConfigMap') return name === 'token-keys' ? { JWT_JWKS: JSON.stringify(jwks) } : {}
    const folder = join(secrets, name)
    if (!existsSync(folder)) return {}
    return Object.fromEntries(readdirSync(folder).map((key) => [key, readFileSync(join(folder, key), 'utf8')]))
  }
