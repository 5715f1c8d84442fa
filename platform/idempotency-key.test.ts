import { expect, it } from 'vitest'
import { idempotencyKeyIn } from './idempotency-key.ts'

it.each([undefined, 'a', ' ', 'a b~!', 'x'.repeat(255)])('accepts %j', (key) => {
  expect(idempotencyKeyIn(key)).toBe(key)
})

it.each(['', 'é', 'a\tb', 'x'.repeat(256)])('rejects %j', (key) => {
  const document = {
    status: 422,
    code: 'invalid_request',
    errors: [{ pointer: 'Idempotency-Key', detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters.' }],
  }
  expect(() => idempotencyKeyIn(key)).toThrow(expect.objectContaining({ document: expect.objectContaining(document) }))
})
