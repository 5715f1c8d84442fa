import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { Resource } from './resource.ts'
import type { Tools } from './tools.ts'

export const K8S = join(import.meta.dirname, '../../k8s')

const CERTIFICATE = ['Secret edge-tls tls.crt', 'Secret edge-tls tls.key']
const TOKEN_KEYS = ['ConfigMap token-keys JWT_JWKS']

/** The overlays and the keys that docs/deploy.md asks operators to create. In production, secrets.sh creates more. */
export const OVERLAYS: Readonly<Record<string, readonly string[]>> = {
  dev: TOKEN_KEYS,
  'airbnb-clone': TOKEN_KEYS,
  'airbnb-lab2': TOKEN_KEYS,
  hostly: TOKEN_KEYS,
  production: CERTIFICATE,
  'production-traefik': CERTIFICATE,
  'production-public': [...CERTIFICATE, 'Secret public-tls tls.crt', 'Secret public-tls tls.key'],
}

export const overlayFolder = (name: string): string => join(K8S, 'overlays', name)

const ATLAS = 'mongodb+srv://reservoir:secret@cluster0.example.mongodb.net/reservoir'

/** Runs secrets.sh of production into a folder. Returns the created keys as `Secret name key`. */
export async function makeSecrets(folder: string, env: Record<string, string> = {}): Promise<string[]> {
  const script = join(overlayFolder('production'), 'secrets.sh')
  await promisify(execFile)('bash', [script, folder], { env: { ...process.env, MONGODB_URI: ATLAS, ...env } })
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep))
  return files
    .filter(([name, key]) => key !== undefined && !name!.startsWith('.'))
    .map((path) => `Secret ${path.join(' ')}`)
}

/** Renders an overlay with `kubectl kustomize`, without a cluster. */
export async function render({ kubectl }: Tools, folder: string): Promise<Resource[]> {
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], { maxBuffer: 2 ** 24 })
  return parse(stdout)
}

export const parse = (text: string): Resource[] =>
  parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!
    return document.toJS() as Resource
  })
