import { expect, test } from 'vitest'
import { SigningKeysText } from '#platform/signature.ts'
import { feedTokens } from './feed-token.ts'

const keysOf = (text: string) => SigningKeysText.parse(text)
const key = (id: string) => `${id}:${btoa(id.padEnd(32, '.'))}`

test('another first key changes the secret, and the old one is valid until its key is removed', () => {
  const before = feedTokens(keysOf(key('one')))
  const during = feedTokens(keysOf(`${key('two')},${key('one')}`))
  const after = feedTokens(keysOf(key('two')))
  const old = before.tokenOf('l1')
  expect(during.tokenOf('l1')).not.toBe(old)
  expect([before, during, after].map(({ isValid }) => isValid('l1', old))).toEqual([true, true, false])
  expect(before.isValid('l2', old)).toBe(false)
})

test('a process without keys has no secrets and accepts none', () => {
  const { tokenOf, isValid } = feedTokens()
  expect(() => tokenOf('l1')).toThrow(expect.objectContaining({ document: expect.objectContaining({ status: 503 }) }))
  expect(isValid('l1', feedTokens(keysOf(key('one'))).tokenOf('l1'))).toBe(false)
})
