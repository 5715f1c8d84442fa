import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { devKeys } from '../dev/keys.ts'
import { checkProfile } from './profile.ts'

const root = mkdtempSync(join(tmpdir(), 'reservoir-profile-'))
afterAll(() => rmSync(root, { recursive: true }))
const files = { tokens: join(root, '.dev-key.json'), commands: join(root, '.dev-command-keys') }
const { jwks, commandKeys } = await devKeys(root, {})

const check = (env: Record<string, string>) =>
  checkProfile(env, files).map(({ state, message }) => `${state}: ${message}`)

test.each(['0.0.0.0', '::'])('the dev profile that listens at %s causes a warning', (LISTEN_HOST) => {
  const warned = [expect.stringMatching(`^warning: LISTEN_HOST is ${LISTEN_HOST}: other computers can use the dev`)]
  expect(check({ LISTEN_HOST })).toEqual(warned)
  expect(check({ LISTEN_HOST, PROFILE: 'dev' })).toEqual(warned)
  expect(check({ LISTEN_HOST, PROFILE: 'production' })).toEqual([])
  expect(check({ LISTEN_HOST: 'localhost' })).toEqual([])
})

test('the keys of development are wrong in production, also under other ids', () => {
  const renamed = `other:${commandKeys.split(':')[1]}`
  const JWT_JWKS = JSON.stringify(jwks)
  const inProduction = (file: string) => expect.stringContaining(`has the key of ${file}, which is for development`)
  for (const COMMAND_KEYS of [commandKeys, renamed, `own:${'A'.repeat(43)},${renamed}`])
    expect(check({ PROFILE: 'production', COMMAND_KEYS, JWT_JWKS })).toEqual([
      inProduction(files.commands),
      inProduction(files.tokens),
    ])
  expect(check({ COMMAND_KEYS: commandKeys, JWT_JWKS })).toEqual([])
  const own = { COMMAND_KEYS: `own:${'A'.repeat(43)}`, JWT_JWKS: readFileSync(files.tokens, 'utf8').slice(0, 9) }
  expect(check({ PROFILE: 'production', ...own })).toEqual([])
})
