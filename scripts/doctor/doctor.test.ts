import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT, type Target, startTarget } from '../testing/target.ts'
import { devKeys } from '../dev/keys.ts'
import { MODULE } from '../viewer/module.mjs'
import { checkTokens, readKeyId } from './keys.mjs'
import { type Finding, linesOf, ok, warning, wrong } from './report.mjs'

describe('the report', () => {
  const findings = [ok('node', 'Node 24'), warning('packages', 'none', 'npm ci'), wrong('edge', 'taken', 'stop it')]

  test('is aligned on a terminal, with the remedy on the same line', () => {
    expect(linesOf(findings, { isTerminal: true, hasColor: false })).toEqual([
      'ok       node      Node 24',
      'warning  packages  none: npm ci',
      'wrong    edge      taken: stop it',
      '',
      '1 problem found.',
    ])
    expect(linesOf(findings, { isTerminal: true, hasColor: true })[2]).toContain('\u001B[31mwrong')
    expect(linesOf([findings[0]!], { isTerminal: true, hasColor: false }).at(-1)).toBe('No problems found.')
  })

  test('has lines of JSON for programs', () => {
    const lines = linesOf(findings, { isTerminal: false, hasColor: false })
    expect(lines.map((line) => JSON.parse(line) as Finding)).toEqual(findings)
  })
})

describe('a token', () => {
  const settings = { issuer: 'us', audience: 'reservoir', kid: 'k1' }
  const sign = ({ kid = 'k1', issuer = 'us', audience = 'reservoir', expires = '1h' }) =>
    new SignJWT({ role: 'traveler', sub: 'ann' })
      .setProtectedHeader({ alg: 'HS256', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(new Uint8Array(32))
  const check = (token: string) => checkTokens({ TRAVELER_TOKEN: token }, settings, Date.now())

  test('that is valid is ok, and a missing one is no finding', async () => {
    expect(check(await sign({}))).toEqual([expect.objectContaining({ state: 'ok' })])
    expect(checkTokens({}, settings, Date.now())).toEqual([])
  })

  test.each<[string, Parameters<typeof sign>[0]]>([
    ['expired at', { expires: '-1h' }],
    ['has the issuer them, but JWT_ISSUER is us', { issuer: 'them' }],
    ['has the audience lodge, but JWT_AUDIENCE is reservoir', { audience: 'lodge' }],
    ['was not signed with the key in .dev-key.json', { kid: 'k2' }],
  ])('that %s is wrong, and the remedy makes a new one', async (message, claims) => {
    const [finding] = check(await sign(claims))
    expect(finding).toMatchObject({ state: 'wrong', message: expect.stringContaining(`TRAVELER_TOKEN ${message}`) })
    expect(finding!.remedy).toBe('export TRAVELER_TOKEN=$(npm run -s token -- --role traveler --sub ann)')
  })

  test.each(['x', 'a.b.c', 'e30.e30.', 'e30.eyJleHAiOiJ4In0.'])('that has another form is wrong: %s', (token) => {
    expect(check(token)).toMatchObject([{ state: 'wrong', message: 'TRAVELER_TOKEN is not a Reservoir token' }])
  })
})

interface Diagnosis {
  code: number
  findings: Finding[]
  of: (what: string) => Finding[]
}

/** Runs the doctor with piped output. */
const doctor = (env: Record<string, string>, root = ROOT): Promise<Diagnosis> =>
  new Promise((resolve, reject) => {
    const options = { cwd: root, env: { ...process.env, ...env } }
    const args = [join(root, 'scripts/doctor.mjs')]
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (stderr !== '') return reject(new Error(stderr, { cause: error }))
      const findings = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Finding)
      resolve({ code: child.exitCode!, findings, of: (what) => findings.filter((finding) => finding.what === what) })
    })
  })

/** With the files that need no installation. */
async function makeClone(): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'reservoir-clone-'))
  const onlyPlain = (path: string) => !path.endsWith('.ts') && !path.startsWith(join(ROOT, 'platform/viewer'))
  for (const folder of ['scripts', 'platform'])
    await cp(join(ROOT, folder), join(clone, folder), { recursive: true, filter: onlyPlain })
  await cp(join(ROOT, 'package-lock.json'), join(clone, 'package-lock.json'))
  return clone
}

describe('npm run doctor', () => {
  let target: Target
  beforeAll(async () => {
    target = await startTarget()
  })
  afterAll(() => target.close())

  test('finds no fault in a running system', async () => {
    const { sign } = await devKeys(ROOT)
    const { code, findings, of } = await doctor({
      ...target.env,
      OWNER_TOKEN: await sign({ role: 'owner', sub: 'owner-1' }),
    })
    expect(findings.filter(({ state }) => state === 'wrong')).toEqual([])
    expect(code).toBe(0)
    expect(of('edge')).toEqual([ok('edge', `ready at ${target.origin}`)])
    expect(of('proxy')).toEqual([ok('proxy', `ready at http://localhost:${target.env['PROXY_PORT']}`)])
    expect(of('query API')).toEqual([ok('query API', `ready at http://localhost:${target.env['PROCESSOR_PORT']}`)])
    expect(of('data')).toEqual([ok('data', 'in use by the running system')])
    expect(of('token')).toMatchObject([{ state: 'ok' }])
  })

  test('names each fault and its remedy', async () => {
    const holder = createServer((socket) => socket.on('error', () => {}).end('this is no HTTP')).listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const port = String((holder.address() as AddressInfo).port)
    const nowhere = { EDGE_PORT: port, PROXY_PORT: '9', PROCESSOR_PORT: '13' }
    const { code, of } = await doctor({ ...target.env, ...nowhere, ADMIN_TOKEN: 'old' })
    holder.close()
    expect(code).toBe(1)
    expect(of('edge')).toMatchObject([{ state: 'wrong', remedy: 'stop it, or set EDGE_PORT to another port' }])
    expect(of('edge')[0]!.message).toMatch(new RegExp(`^port ${port} is in use by `))
    expect(of('proxy')).toEqual([ok('proxy', 'port 9 is free')])
    expect(of('data')).toMatchObject([
      { state: 'wrong', message: expect.stringContaining(`is in use by node (process ${process.pid})`) },
    ])
    expect(of('token')).toMatchObject([{ state: 'wrong' }])
  })

  test('reports that the proxy has other credentials', async () => {
    const { code, of } = await doctor({ ...target.env, UPSTASH_KAFKA_REST_PASSWORD: 'another' })
    expect(code).toBe(1)
    expect(of('proxy')).toMatchObject([{ state: 'wrong', message: expect.stringContaining('other credentials') }])
  })

  test('reports each invalid setting as one finding', async () => {
    const { code, of } = await doctor({ ...target.env, EDGE_PORT: 'x', PROCESSOR_ROLES: 'some' })
    expect(code).toBe(1)
    const [edgePort, roles, ...more] = of('settings')
    expect(more).toEqual([])
    expect(edgePort).toMatchObject({
      state: 'wrong',
      message: expect.stringMatching(/^EDGE_PORT /),
      remedy: 'see .env.example',
    })
    expect(roles).toMatchObject({ state: 'wrong', message: expect.stringMatching(/^PROCESSOR_ROLES /) })
  })

  test('reports invalid settings of each process, but none that is missing', async () => {
    const PROXY_USERS = '[{"username":"reservoir","password":"x"}]'
    const { code, of } = await doctor({ ...target.env, PROXY_USERS, TRUSTED_PROXIES: 'x', JWT_JWKS: 'x' })
    expect(code).toBe(1)
    expect(of('settings').map(({ message }) => message.split(' ')[0])).toEqual([
      'JWT_JWKS',
      'TRUSTED_PROXIES',
      'UPSTASH_KAFKA_REST_USERNAME',
    ])
    const production = await doctor({ ...target.env, PROFILE: 'production' })
    expect(production.of('settings').map(({ state }) => state)).toEqual(['ok', 'ok'])
  })

  test('reports files that others can open and the dev profile on other addresses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reservoir-open-'))
    await chmod(folder, 0o755)
    const { code, of } = await doctor({ ...target.env, DATA_DIR: folder, LISTEN_HOST: '0.0.0.0' })
    await rm(folder, { recursive: true })
    expect(code).toBe(0)
    expect(of('files')).toContainEqual(expect.objectContaining({ state: 'warning', remedy: `chmod 700 ${folder}` }))
    expect(of('profile')).toMatchObject([{ state: 'warning' }])
  })

  test('reports that DATA_DIR is not a folder', async () => {
    const { of } = await doctor({ ...target.env, DATA_DIR: join(ROOT, 'package.json/data') })
    expect(of('data')).toMatchObject([{ state: 'wrong', message: expect.stringContaining('is not a folder') }])
  })

  test('runs in a fresh clone without installed packages', async () => {
    const clone = await makeClone()
    const { code, of } = await doctor(target.env, clone)
    expect(code).toBe(0)
    expect(of('packages')).toMatchObject([{ state: 'warning', message: 'nothing is installed yet' }])
    expect(of('settings')).toMatchObject([{ state: 'warning', remedy: 'npm start' }])
    expect(of('key')).toMatchObject([{ state: 'ok' }])
    await writeFile(join(clone, '.dev-key.json'), '{')
    expect(readKeyId(clone)).toBeUndefined()
    await rm(clone, { recursive: true })
  })

  test('names the generated module if only this is missing', async () => {
    const clone = await makeClone()
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
    const { of } = await doctor(target.env, clone)
    expect(of('packages')).toMatchObject([
      { state: 'warning', message: expect.stringContaining(`${MODULE} is missing`) },
    ])
    await rm(clone, { recursive: true })
  })
})
