import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { JsonError, jsonIn, withoutNulls } from './json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a body', () => {
  test('may begin with a byte order mark', () => {
    expect(jsonIn(bytes('\ufeff{"a":"\ufeff"}'))).toEqual({ a: '\ufeff' })
  })

  test.each(['', ' \r\n', '\ufeff'])('may be empty: %j', (text) => {
    expect(jsonIn(bytes(text))).toBeUndefined()
  })

  test.each([[0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff, 0xfe]])(
    'must be UTF-8 (%#)',
    (...invalid) => {
      const body = Uint8Array.of(...bytes('{"a":"'), ...invalid, ...bytes('"}'))
      expect(() => jsonIn(body)).toThrow(new JsonError('is not valid UTF-8'))
    },
  )

  test.each(['{', '{"a":1,}', 'null null', '\0'])('must be JSON: %j', (text) => {
    expect(() => jsonIn(bytes(text))).toThrow(JsonError)
  })
})

describe('null', () => {
  const schema = z
    .strictObject({
      needed: z.string(),
      given: z.string().nullable(),
      free: z.string().optional(),
      other: z.int().default(1),
      inner: z.strictObject({ free: z.string().optional(), needed: z.string() }).optional(),
      list: z.array(z.strictObject({ free: z.string().optional() })).default([]),
    })
    .refine(() => true)

  test('is left out of every optional field, at every depth', () => {
    const value = { free: null, other: null, inner: { free: null, needed: 'a' }, list: [{ free: null }, null] }
    expect(withoutNulls(schema, value)).toEqual({ inner: { needed: 'a' }, list: [{}, null] })
    expect(withoutNulls(schema.optional(), { inner: null, list: null })).toEqual({})
  })

  test('stays in required and in unknown fields', () => {
    const value = { needed: null, given: null, unknown: null, inner: { needed: null } }
    expect(withoutNulls(schema, value)).toEqual(value)
  })

  test('stays where it is no field', () => {
    for (const value of [null, [null], 'text', 1]) expect(withoutNulls(schema, value)).toEqual(value)
  })

  test('is left out of each kind of body that a union takes', () => {
    const either = z.union([z.strictObject({ a: z.string().optional() }), z.strictObject({ b: z.string().optional() })])
    expect(withoutNulls(either, { a: null, b: null, c: null })).toEqual({ c: null })
  })
})
