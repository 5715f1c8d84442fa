import { expect, test } from 'vitest'
import { z } from 'zod'
import { createSigner } from './testing/signer.ts'
import { TokenCheck } from './token-check.ts'

const { tokens, sign } = await createSigner()
const stranger = await createSigner()
const bearerOf = async (sub: string, signer = { sign }) => `Bearer ${await signer.sign({ role: 'traveler', sub })}`

/** Counts the signatures that are checked. */
function counted(invalidPerSecond: number) {
  const count = { checked: 0 }
  const keys: typeof tokens.keys = (...args) => {
    count.checked++
    return tokens.keys(...args)
  }
  const check = new TokenCheck({ ...tokens, keys }, z.object({ sub: z.string() }), invalidPerSecond)
  const ask = (header: string, address: string) =>
    check.principalOf(header, address).then(
      ({ sub }) => sub,
      (error: { document: { code: string } }) => error.document.code,
    )
  return { count, ask }
}

test('an address that sends many invalid tokens is refused without a check of their signatures', async () => {
  const { count, ask } = counted(10)
  const known = await bearerOf('t1')
  expect(await ask(known, 'a')).toBe('t1')
  const forged = await Promise.all(Array.from({ length: 100 }, (_, i) => bearerOf(`t${i}`, stranger)))
  const codes = await Promise.all(forged.map((header) => ask(header, 'a')))
  expect(new Set(codes)).toEqual(new Set(['unauthenticated', 'too_many_requests']))
  expect(count.checked).toBeLessThan(50)
  expect(await ask(known, 'a')).toBe('t1')
  expect(await ask(await bearerOf('t2'), 'b')).toBe('t2')
})

test('valid tokens of one address are not limited', async () => {
  const { ask } = counted(2)
  for (let i = 0; i < 20; i++) expect(await ask(await bearerOf(`t${i}`), 'a')).toBe(`t${i}`)
})

test('requests with the same valid token share one check, and an invalid token is checked each time', async () => {
  const { count, ask } = counted(10)
  const valid = await bearerOf('t1')
  await Promise.all(Array.from({ length: 20 }, () => ask(valid, 'a')))
  expect(count.checked).toBe(1)
  const forged = await bearerOf('t1', stranger)
  expect([await ask(forged, 'a'), await ask(forged, 'a'), count.checked]).toEqual([
    'unauthenticated',
    'unauthenticated',
    3,
  ])
})
