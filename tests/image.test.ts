import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../scripts/stack/ports.ts'
import { MODULE } from '../scripts/viewer/module.mjs'
import { build, contextFilter, inherited, parseDockerfile, type Stage } from './k8s/dockerfile.ts'

/** Builds the image without an engine: runs the commands of each stage in clean folders and starts the result. */

const ROOT = join(import.meta.dirname, '..')
const stages = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
const TARGETS = ['proxy', 'processor', 'edge'] as const
type Target = (typeof TARGETS)[number]

const PORTS: Record<Target, string> = { proxy: 'PROXY_PORT', processor: 'PROCESSOR_PORT', edge: 'EDGE_PORT' }
/** The targets that serve a reference page. */
const WITH_REFERENCE: ReadonlySet<Target> = new Set(['proxy', 'edge'])
const KEYS = '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA"}]}'
const CREDENTIALS = { UPSTASH_KAFKA_REST_USERNAME: 'a', UPSTASH_KAFKA_REST_PASSWORD: 'b' }
const TOKENS = { JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'audience', JWT_JWKS: KEYS }
const SETTINGS: Record<Target, Record<string, string>> = {
  proxy: CREDENTIALS,
  processor: { ...TOKENS, COMMAND_KEYS: COMMAND_KEYS_TEXT },
  edge: {
    ...CREDENTIALS,
    ...TOKENS,
    COMMAND_KEYS: COMMAND_KEYS_TEXT,
    UPSTASH_KAFKA_REST_URL: 'http://127.0.0.1:1',
    QUERY_URL: 'http://127.0.0.1:1',
  },
}

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

describe('the Dockerfile', () => {
  test('starts from the exact Node version that all npm scripts use', () => {
    const bases = stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from))
    expect(new Set(bases)).toEqual(new Set([`node:${packageJson.devDependencies['node']}-bookworm-slim`]))
  })

  test.each(TARGETS)('has a target %s with a non-root user, a health check and its process', (name) => {
    expect(inherited(stages, name, 'USER').at(-1)).toBe('1000:1000')
    expect(inherited(stages, name, 'HEALTHCHECK')).toHaveLength(1)
    expect(inherited(stages, name, 'CMD')).toEqual([`["node", "${name}/node.ts"]`])
  })

  test('is rejected with a stage without a name or an unknown instruction', () => {
    expect(() => parseDockerfile('FROM node')).toThrow('the stage has no name')
    expect(() => parseDockerfile('FROM a AS b\nADD http://x y')).toThrow('unknown instruction: ADD')
  })

  test('has neither secrets nor tests in its build context', () => {
    const isSent = contextFilter(ROOT)
    const kept = ['package.json', 'proxy/app.ts', 'domain/listing/night.ts', 'scripts/viewer/fetch.mjs']
    const left = [
      '.env',
      '.dev-key.json',
      '.git/config',
      '.data/log.db',
      'node_modules/zod/index.js',
      'platform/viewer/bundle.js',
      'scripts/check.ts',
      'tests/system/system.ts',
    ]
    expect(kept.filter((path) => !isSent(join(ROOT, path)))).toEqual([])
    expect([...left, 'proxy/app.test.ts', 'log/conformance/x.ts'].filter((path) => isSent(join(ROOT, path)))).toEqual(
      [],
    )
  })
})

describe('an image', () => {
  let folder: string
  const roots = {} as Record<Target, string>
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reservoir-image-'))
    for (const name of TARGETS) roots[name] = join(build(stages, name, ROOT, folder), 'app')
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

  test.each(TARGETS)('of %s has exactly the files and packages for production', (name) => {
    const modules = join(roots[name], 'node_modules')
    for (const wanted of Object.keys(packageJson.dependencies))
      expect(existsSync(join(modules, wanted)), wanted).toBe(true)
    const dev = Object.keys(packageJson.devDependencies).filter((one) => existsSync(join(modules, one)))
    expect(dev).toEqual([])
    const files = readdirSync(roots[name], { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.startsWith('node_modules'),
    )
    expect(files).toContain(`${name}/node.ts`)
    expect(files.filter((path) => path.endsWith('.test.ts'))).toEqual([])
    expect(files.includes(MODULE)).toBe(WITH_REFERENCE.has(name))
  })

  test('has exactly the packages of the lockfile', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>
    }
    for (const name of Object.keys(packageJson.dependencies)) {
      const path = join('node_modules', name)
      const { version } = JSON.parse(readFileSync(join(roots.proxy, path, 'package.json'), 'utf8')) as {
        version: string
      }
      expect(version.replace(/^v/, '')).toBe(lock.packages[path]!.version)
    }
  })

  test.each(TARGETS)(
    'of %s starts and is healthy until it ends',
    async (name) => {
      const [port] = await freePorts([0])
      const data = mkdtempSync(join(folder, 'data-'))
      const env = {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        DATA_DIR: data,
        [PORTS[name]]: String(port),
        ...SETTINGS[name],
      }
      const child = started(commandOf(stages, name, 'CMD'), roots[name], env)
      const healthy = () =>
        spawnSync(...onThisNode(commandOf(stages, name, 'HEALTHCHECK')), { cwd: roots[name], env }).status === 0
      try {
        await until(() => healthy() || child.exitCode !== null, 30_000)
        expect(healthy(), child.said()).toBe(true)
        expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
        if (WITH_REFERENCE.has(name))
          expect(await (await fetch(`http://127.0.0.1:${port}/docs/viewer.js`)).text()).toContain('createApiReference')
      } finally {
        child.kill('SIGTERM')
        await child.ended
      }
      expect(child.exitCode, child.said()).toBe(0)
      expect(healthy()).toBe(false)
    },
    90_000,
  )
})

/** Uses the Node that runs the tests, which has the same version. */
const commandOf = (from: readonly Stage[], name: Target, instruction: string): string[] => {
  const [text] = inherited(from, name, instruction)
  return JSON.parse(text!.slice(text!.indexOf('['))) as string[]
}

const onThisNode = ([, ...args]: string[]): [string, string[]] => [process.execPath, args]

function started(command: string[], cwd: string, env: NodeJS.ProcessEnv) {
  const child: ChildProcess = spawn(...onThisNode(command), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return Object.assign(child, { ended: once(child, 'exit'), said: () => said })
}

async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!holds() && Date.now() < deadline) await pause(100)
}
