import type { Context } from 'hono'
import { z } from 'zod'
import type { ProxyEnv } from './env.ts'
import type { Pending } from '../produce/pending-bytes.ts'
import { badRequest, Problem } from './errors.ts'

/** Reads bodies, each within its limit and all of them within theirs. */
export class Bodies {
  readonly #limitBytes: number
  readonly #pending: Pending

  constructor(limitBytes: number, pending: Pending) {
    this.#limitBytes = limitBytes
    this.#pending = pending
  }

  /** Whatever its content type says, a body is JSON. Nothing at all is `undefined`, which some routes take. */
  async json(c: Context<ProxyEnv>): Promise<unknown> {
    const text = textOf(await this.bytes(c))
    if (text.trim() === '') return undefined
    try {
      return JSON.parse(text)
    } catch (error) {
      throw badRequest(`the body is not JSON: ${(error as SyntaxError).message}`)
    }
  }

  async parsed<T>(c: Context<ProxyEnv>, schema: z.ZodType<T>): Promise<T> {
    const result = schema.safeParse(await this.json(c))
    if (result.success) return result.data
    throw badRequest(sentenceOf(result.error.issues[0]!))
  }

  async bytes(c: Context<ProxyEnv>): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const add = (chunk: Uint8Array): void => {
      bytes += chunk.length
      if (bytes > this.#limitBytes) throw new Problem(413, `a body has ${this.#limitBytes} bytes at most`)
      this.#pending.add(c, chunk.length)
      chunks.push(chunk)
    }
    // Node's own request is read where there is one: it costs less, and has the body of a GET, which the web's has not.
    await (c.env?.incoming ? readIncoming(c.env.incoming, add) : readWeb(c.req.raw, add))
    return chunks.length === 1 ? Buffer.from(chunks[0]!.buffer, chunks[0]!.byteOffset, bytes) : Buffer.concat(chunks)
  }
}

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
    const onGone = (): void => settle(() => reject(badRequest('the body broke off')))
    incoming.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

async function readWeb({ body }: Request, add: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of body ?? []) add(chunk)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Other bytes would become others without a word. */
function textOf(bytes: Buffer): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw badRequest('the body is not UTF-8: values of any bytes can be sent as base64')
  }
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
export const anyNumber = <T extends z.ZodType>(one: T) => z.preprocess(listed, z.array(one).max(MOST, TOO_MANY))

/** Where the format takes one or many. */
export const oneOrMany = <T extends z.ZodType>(one: T) =>
  z.preprocess(listed, z.array(one).min(1, 'there is nothing in it').max(MOST, TOO_MANY))

/** Of partitions in one request. */
export const MOST = 10_000
const TOO_MANY = `there are ${MOST} at most`

function listed(value: unknown): unknown {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
