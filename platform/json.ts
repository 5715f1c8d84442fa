import { z } from 'zod'

/** How every service reads a JSON body, and what null means in it. */

/** Fatal, because a lenient decoder replaces invalid bytes silently. It skips a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A body that is not JSON in UTF-8. Its message continues a sentence about the body. */
export class JsonError extends Error {
  override name = 'JsonError'
}

/** The value of a body; `undefined` if it is empty or blank. @throws JsonError */
export function jsonIn(bytes: Uint8Array | ArrayBuffer): unknown {
  const text = decoded(bytes)
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new JsonError(`is not JSON: ${(error as SyntaxError).message}`, { cause: error })
  }
}

/** The value of a text; `undefined` if it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decoded(bytes: Uint8Array | ArrayBuffer): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new JsonError('is not valid UTF-8', { cause })
  }
}

/** The value without the optional fields that are null: null means that the field is absent. Unknown fields stay. */
export function withoutNulls(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrapped(schema)
  if (inner instanceof z.ZodUnion) return inner.options.reduce((left, option) => withoutNulls(option, left), value)
  if (inner instanceof z.ZodArray && Array.isArray(value)) return value.map((item) => withoutNulls(inner.element, item))
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null || Array.isArray(value))
    return value
  const fields = new Map<string, z.core.$ZodType>(Object.entries(inner.shape))
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const field = fields.get(name)
      if (!field) return [[name, member]]
      return member === null && isOptional(field) ? [] : [[name, withoutNulls(field, member)]]
    }),
  )
}

export const isOptional = (schema: z.core.$ZodType): boolean => schema._zod.optin !== undefined

/** The schema inside defaults and the like. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrapped(schema.unwrap())
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in instanceof z.ZodTransform ? schema.out : schema.in)
  return schema
}
