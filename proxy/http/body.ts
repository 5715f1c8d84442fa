import type { Context } from 'hono'
import { z } from 'zod'
import { expectation } from '#platform/faults.ts'
import { ACCEPTED_ENCODING, encodingIn } from '#platform/content-encoding.ts'
import { JsonError, jsonIn, withoutNulls } from '#platform/json.ts'
import type { Limits } from '../limits.ts'
import type { ProxyEnv } from './env.ts'
import { badRequest, HttpError } from './errors.ts'
import { hasMoreValues } from './json-values.ts'
import type { RequestMemory } from './request-memory.ts'

type BodyLimits = Pick<Limits, 'bodyBytes' | 'jsonValues'>

/** Reads request bodies, each up to a limit, and counts them all as pending. */
export class BodyReader {
  readonly #limits: BodyLimits
  readonly #memory: RequestMemory

  constructor(limits: BodyLimits, memory: RequestMemory) {
    this.#limits = limits
    this.#memory = memory
  }

  /** Parses every body as JSON, whatever its content type is or if it has none. An empty body is `undefined`. */
  async json(c: Context<ProxyEnv>): Promise<unknown> {
    const bytes = await this.bytes(c)
    const { jsonValues } = this.#limits
    if (hasMoreValues(bytes, jsonValues)) throw badRequest(`the request body has more than ${jsonValues} JSON values`)
    try {
      return jsonIn(bytes)
    } catch (error) {
      throw error instanceof JsonError ? badRequest(`the request body ${error.message}`) : error
    }
  }

  /** As {@link json}, checked by a schema. */
  async parsed<T>(c: Context<ProxyEnv>, schema: z.ZodType<T>): Promise<T> {
    const body = await this.json(c)
    const result = schema.safeParse(withoutNulls(schema, body), { error: expectation })
    if (result.success) return result.data
    throw badRequest(messageOf(result.error.issues[0]!, body))
  }

  async bytes(c: Context<ProxyEnv>): Promise<Buffer> {
    const encoding = encodingIn(c.req.header('Content-Encoding'))
    if (encoding) throw new HttpError(415, `the request body must not be encoded, as in ${encoding}`, ACCEPTED_ENCODING)
    const { bodyBytes } = this.#limits
    if (Number(c.req.header('Content-Length')) > bodyBytes) throw tooLarge(bodyBytes)
    const chunks: Uint8Array[] = []
    let bytes = 0
    const add = (chunk: Uint8Array): void => {
      bytes += chunk.length
      if (bytes > bodyBytes) throw tooLarge(bodyBytes)
      this.#memory.addBody(c, chunk.length)
      chunks.push(chunk)
    }
    // Node's request costs less than the web's, and has the body of a GET, which the web's has not.
    await (c.env?.incoming ? readIncoming(c.env.incoming, add) : readWeb(c.req.raw, add))
    return chunks.length === 1 ? Buffer.from(chunks[0]!.buffer, chunks[0]!.byteOffset, bytes) : Buffer.concat(chunks)
  }
}

const tooLarge = (limit: number): HttpError => new HttpError(413, `the request body exceeds ${limit} bytes`)

type Incoming = NonNullable<ProxyEnv['Bindings']['incoming']>

function readIncoming(incoming: Incoming, add: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (incoming.readableEnded) return resolve()
    const settle = (end: () => void): void => {
      incoming.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      end()
    }
    const onData = (chunk: Uint8Array): void => {
      try {
        add(chunk)
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const onEnd = (): void => settle(resolve)
    const onGone = (): void => settle(() => reject(badRequest('the request body is incomplete')))
    incoming.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

async function readWeb({ body }: Request, add: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of body ?? []) add(chunk)
}

/** A sentence that begins with the field's name. A body without a list is checked as a list of one, whose index it does not have. */
function messageOf({ path, message }: z.core.$ZodIssue, body: unknown): string {
  const field = path[0] === 0 && !Array.isArray(body) ? path.slice(1) : path
  return `${field.join('.') || 'the request body'} ${message}`
}

/** A query parameter in milliseconds. */
export function queryMs(c: Context, name: string, defaultMs: number): number {
  const text = c.req.query(name)
  if (text === undefined) return defaultMs
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} must be a number of milliseconds, not ${text}`)
  return Number(text)
}

/** How long a request waits for a message. */
export const DEFAULT_WAIT_MS = 1_000
export const MAX_WAIT_MS = 60_000

export const nonNegativeInteger = z.int().nonnegative()

export const topicPartition = z.object({ topic: z.string(), partition: z.int() })
export const topicPartitionOffset = topicPartition.extend({ offset: nonNegativeInteger })

/** Positions in one request, equal ones counted. */
export const MAX_POSITIONS = 1_000

/** Topics or partitions in one request. */
export const MAX_ITEMS = 10_000
export const TOO_MANY = `must have at most ${MAX_ITEMS} items`

/** One item, a list, or nothing at all. */
export const zeroOrMore = <T extends z.ZodType>(item: T) => z.preprocess(toList, z.array(item).max(MAX_ITEMS, TOO_MANY))

/** One item or a list with at least one. */
export const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess(toList, z.array(item).min(1, 'must have at least one item').max(MAX_ITEMS, TOO_MANY))

function toList(value: unknown): unknown {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
