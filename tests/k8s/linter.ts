/** kube-score, which lints rendered manifests. Go builds the pinned version once, into the user's cache. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { downloaded } from '../../scripts/stack/download.ts'
import type { Resource } from './resource.ts'

const VERSION = 'v1.20.0'
const INSTALL_LIMIT_MS = 5 * 60_000
const LINT_LIMIT_MS = 30_000

const run = promisify(execFile)

/** Checks that do not apply to any of our manifests, with the reason. An annotation in a manifest ignores a check for it alone. */
export const IGNORED: Readonly<Record<string, string>> = {
  'container-image-pull-policy':
    'every tag is exact, so a node may use the image that it has while the registry is away',
  'container-security-context-user-group-id':
    '1000 and 999 are the users of the images; restricted pods share no files with the node',
  'deployment-has-host-podantiaffinity': 'topologySpreadConstraints spread the pods, as hardening.ts requires',
  'statefulset-has-host-podantiaffinity': 'topologySpreadConstraints spread the pods, as hardening.ts requires',
}

/** Optional checks. The others require a CPU limit, which throttles a pod while its node is idle. */
const ADDED = ['container-memory-requests-equal-limits', 'container-ports-check', 'container-seccomp-profile']

const EXCEPTIONS = ['--ignore-container-cpu-limit', ...Object.keys(IGNORED).map((id) => `--ignore-test=${id}`)]

/** The path of kube-score, or why it cannot be installed. */
export const findLinter = (): Promise<string | { lack: string }> =>
  linter().catch((error: Error) => ({
    lack: `cannot install kube-score ${VERSION} with go install: ${error.message.trim().split('\n').at(-1)}`,
  }))

async function linter(): Promise<string> {
  const folder = await downloaded(
    {
      name: `kube-score-${VERSION}-${process.platform}-${process.arch}`,
      proof: 'kube-score',
      async fetchInto(target) {
        const env = { ...process.env, GOBIN: target, CGO_ENABLED: '0' }
        await run('go', ['install', `github.com/zegl/kube-score/cmd/kube-score@${VERSION}`], {
          timeout: INSTALL_LIMIT_MS,
          env,
        })
      },
    },
    () => {},
  )
  return join(folder, 'kube-score')
}

interface Scored {
  type_meta: { kind: string }
  object_meta: { name: string }
  checks: { check: { id: string }; grade: number; skipped: boolean; comments: Comment[] | null }[]
}

interface Comment {
  path: string
  summary: string
}

/** The grade of a check without findings. */
const GOOD = 10

/** A sentence for each finding, as `Kind name: check: summary (container)`. `isStrict` ignores no check. */
export async function lint(kubeScore: string, resources: readonly Resource[], isStrict = false): Promise<string[]> {
  const exceptions = isStrict ? ['--disable-ignore-checks-annotations'] : EXCEPTIONS
  const args = [
    'score',
    '--kubernetes-version=v1.32',
    ...ADDED.map((id) => `--enable-optional-test=${id}`),
    '--output-format=json',
    ...exceptions,
    '-',
  ]
  const scored = JSON.parse(
    await output(kubeScore, args, resources.map((one) => JSON.stringify(one)).join('\n---\n')),
  ) as Scored[]
  return scored.flatMap(({ type_meta: { kind }, object_meta: { name }, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade < GOOD && !skipped)
      .flatMap(({ check: { id }, comments }) =>
        (comments ?? []).map(({ path, summary }) => `${kind} ${name}: ${id}: ${summary}${path && ` (${path})`}`),
      ),
  )
}

/** kube-score ends with 1 if it has found anything. */
async function output(file: string, args: string[], input: string): Promise<string> {
  const running = run(file, args, { timeout: LINT_LIMIT_MS, maxBuffer: 2 ** 24 })
  running.child.stdin!.end(input)
  const { stdout } = await running.catch((error: { code: unknown; stdout: string }) => {
    if (error.code !== 1 || error.stdout === '') throw error
    return error
  })
  return stdout
}
