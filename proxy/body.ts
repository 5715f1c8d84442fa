import type { Context } from 'hono'
import { z } from 'zod'
import { badRequest, Problem } from './problem.ts'

/** Whatever its content type says, a body is JSON. Nothing at all is `undefined`, which some routes take. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>, limitBytes: number): Promise<T> {
  const result = schema.safeParse(parse(await readText(c, limitBytes)))
  if (result.success) return result.data
  throw badRequest(sentenceOf(result.error.issues[0]!))
}

function parse(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`the body is not JSON: ${(error as SyntaxError).message}`)
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

async function readText(c: Context, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of bodyOf(c)) {
    bytes += chunk.length
    if (bytes > limitBytes) throw new Problem(413, `a body has ${limitBytes} bytes at most`)
    chunks.push(chunk)
  }
  return decoder.decode(Buffer.concat(chunks))
}

/** The web's Request has no body on a GET, but the format allows one there: it is read from Node's own request. */
function bodyOf(c: Context): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  const { incoming } = (c.env ?? {}) as { incoming?: AsyncIterable<Uint8Array> }
  if (c.req.method === 'GET' && incoming !== undefined) return incoming
  return c.req.raw.body ?? []
}

function sentenceOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? `the body is wrong: ${message}` : `${path.join('.')}: ${message}`
}

/** A number of milliseconds in the query, where the format has it. */
export function queryMs(c: Context, name: string, defaultMs: number): number {
  const text = c.req.query(name)
  if (text === undefined) return defaultMs
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} is a number of milliseconds, not ${text}`)
  return Number(text)
}

export const count = z.int().nonnegative()

export const topicPartition = z.object({ topic: z.string(), partition: z.int() })
export const topicPartitionOffset = topicPartition.extend({ offset: count })

/** Where the format takes one, many or nothing at all. */
export const anyNumber = <T extends z.ZodType>(one: T) => z.preprocess(listed, z.array(one))

/** Where the format takes one or many. */
export const oneOrMany = <T extends z.ZodType>(one: T) =>
  z.preprocess(listed, z.array(one).min(1, 'there is nothing in it'))

function listed(value: unknown): unknown {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
