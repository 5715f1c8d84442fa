import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'

const token = (...args: string[]) => {
  const script = join(import.meta.dirname, 'token.ts')
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
}

test('npm run token prints only a token', () => {
  const { status, stdout, stderr } = token('--role', 'admin', '--sub', 'a-1')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  expect(decodeJwt(stdout.trim())).toMatchObject({ role: 'admin', sub: 'a-1' })
})

test.each<[string, string[], string]>([
  ['without a role', ['--sub', 'a'], '--role is missing.'],
  [
    'with a role that does not exist',
    ['--role', 'guest', '--sub', 'a'],
    '--role must be traveler, owner or admin, not guest.',
  ],
  ['without a subject', ['--role', 'owner'], '--sub is missing.'],
  ['with an empty subject', ['--role', 'owner', '--sub', ''], '--sub needs a value.'],
  ['with an unknown option', ['--rol', 'owner'], 'has no option --rol.'],
])('%s it prints the fault and the usage', (_, args, sentence) => {
  const { status, stdout, stderr } = token(...args)
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(sentence)
  expect(stderr).toContain('Usage: npm run -s token -- --role traveler|owner|admin --sub ID')
})

test.each<[string, string, string]>([
  ['control characters', 'a\nb', '--sub must be one line without control or invisible characters.\n'],
  ['too many characters', 'a'.repeat(256), '--sub must be at most 255 characters.\n'],
])('a subject of %s is rejected, as the edge rejects its token', (_, sub, sentence) => {
  expect(token('--role', 'owner', '--sub', sub)).toMatchObject({ status: 2, stdout: '', stderr: sentence })
})
