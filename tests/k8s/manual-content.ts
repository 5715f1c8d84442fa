import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outside } from './mounted.ts'

/** What docs/deploy.md has people make: the public keys of tokens, and in production the folders of secrets.sh. */
export const madeByHand =
  (secrets: string, jwks: object): Outside =>
  (kind, name) => {
    if (kind === 'ConfigMap') return name === 'token-keys' ? { JWT_JWKS: JSON.stringify(jwks) } : {}
    const folder = join(secrets, name)
    if (!existsSync(folder)) return {}
    return Object.fromEntries(readdirSync(folder).map((key) => [key, readFileSync(join(folder, key), 'utf8')]))
  }
