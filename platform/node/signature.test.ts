import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signerOf, type SigningKeys, SigningKeysText } from '../signature.ts'
import { syncSignerOf, verifierOf } from './signature.ts'

const secret = (bytes = 32): string => randomBytes(bytes).toString('base64url')
const keysIn = (text: string): SigningKeys => SigningKeysText.parse(text)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const problemOf = (text: string | undefined): string => SigningKeysText.safeParse(text).error!.issues[0]!.message

describe('a signature', () => {
  const keys = keysIn(`new:${secret()},old:${secret()}`)
  const verify = verifierOf(keys)
  const text = '{"command":{"id":"c1","note":"Zürich 🏔"}}'

  test('is the same by Web Crypto and by Node, and names the first key', async () => {
    const signature = await signerOf(keys)(text)
    expect(signature).toMatch(/^new\.[\w-]{43}$/)
    expect(syncSignerOf(keys)(text)).toBe(signature)
  })

  test('is valid for the signed bytes', async () => {
    expect(verify(bytes(text), await signerOf(keys)(text))).toBeNull()
  })

  test('of an older key is valid as long as the key is known', () => {
    const [, old] = keys
    const signature = syncSignerOf([old!])(text)
    expect(verify(bytes(text), signature)).toBeNull()
    expect(verifierOf([keys[0]!])(bytes(text), signature)).toBe('unknown key id')
  })

  test('of another secret with the same key id is wrong', () => {
    expect(verify(bytes(text), syncSignerOf(keysIn(`new:${secret()}`))(text))).toBe('wrong signature')
  })

  test('is wrong for every other text', () => {
    const signature = syncSignerOf(keys)(text)
    for (let i = 0; i < bytes(text).length; i++) {
      const changed = bytes(text)
      changed[i]! ^= 1
      expect(verify(changed, signature)).toBe('wrong signature')
    }
    expect(verify(bytes(`${text} `), signature)).toBe('wrong signature')
    expect(verify(new Uint8Array(), signature)).toBe('wrong signature')
  })

  test.each(['new', 'new.', 'new.****', `new.${'A'.repeat(43)}`, `new.${'A'.repeat(4_000)}`])(
    'is wrong if it is %s',
    (signature) => {
      expect(verify(bytes(text), signature)).toBe('wrong signature')
    },
  )

  test('needs a known key id', () => {
    expect(verify(bytes(text), undefined)).toBe('missing')
    for (const signature of ['', '.', 'other.AAAA', '__proto__.AAAA'])
      expect(verify(bytes(text), signature)).toBe('unknown key id')
  })

  test('is the HMAC-SHA-256 that OpenSSL computes', () => {
    const hex = Buffer.from(keys[0]!.secret).toString('hex')
    const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hex}`, '-binary']
    const mac = execFileSync('openssl', args, { input: text })
    expect(syncSignerOf(keys)(text)).toBe(`new.${mac.toString('base64url')}`)
  })
})

describe('the text of the keys', () => {
  test('takes base64 and base64url, with and without padding', () => {
    const raw = Buffer.from([...Array(32).keys()].map((i) => 255 - i))
    for (const text of [raw.toString('base64'), raw.toString('base64url'), raw.toString('base64').replace('=', '')])
      expect([...keysIn(`k-1:${text}`)[0]!.secret]).toEqual([...raw])
  })

  test('is refused with a sentence that does not quote a secret', () => {
    const short = secret(31)
    const problems = {
      nothing: problemOf(undefined),
      short: problemOf(`k1:${short}`),
      second: problemOf(`k1:${secret()},k2:${short}`),
      characters: problemOf(`k1:${secret()}!`),
      twice: problemOf(`k1:${secret()},k1:${secret()}`),
      noId: problemOf(secret()),
      emptyEntry: problemOf(`k1:${secret()},`),
      badId: problemOf(`k.1:${secret()}`),
    }
    const shape = 'must be id:secret, with commas between several; an id has letters, digits, "-" and "_"'
    const tooShort = (id: string) =>
      `has a secret of key ${id} that is not base64 of at least 32 bytes; create one with openssl rand -base64 32`
    expect(problems).toEqual({
      nothing: 'is missing: the keys that sign commands, as id:secret; create a secret with openssl rand -base64 32',
      short: tooShort('k1'),
      second: tooShort('k2'),
      characters: tooShort('k1'),
      twice: 'has two keys with the id k1',
      noId: shape,
      emptyEntry: shape,
      badId: shape,
    })
  })
})
