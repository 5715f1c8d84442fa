import type { Broker } from 'kafkajs'
import Decoder from 'kafkajs/src/protocol/decoder.js'
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js'
import inside from 'kafkajs/src/protocol/requests/index.js'
import type { Aborted } from './records/decode.ts'

/** A Fetch request whose records are not decoded: see `records/decode.ts`. */
export interface FetchRequest {
  topic: string
  partitions: { partition: number; fetchOffset: string; maxBytes: number }[]
  /** How long Kafka waits for a message. */
  waitMs: number
  /** The bytes of the whole answer; at least one batch is returned. */
  maxBytes: number
}

export interface FetchedPartition {
  partition: number
  /** The partition's end. */
  highWatermark: number
  aborted: Aborted[]
  /** Record batches. */
  records: Buffer
}

const FETCH = 1
/** Of Kafka 2.3 and later, and the latest version that kafkajs writes. */
const VERSION = 11
const COMMITTED = 1

/** Rejects with the error of kafkajs if Kafka answers with an error for a partition. */
export async function fetchPartitions(broker: Broker, asked: FetchRequest): Promise<FetchedPartition[]> {
  const { topic, partitions, waitMs, maxBytes } = asked
  const internal = broker as Broker & Internal
  const limits = { maxWaitTime: waitMs, minBytes: 1, maxBytes, isolationLevel: COMMITTED }
  const { request, requestTimeout } = internal.lookupRequest(
    FETCH,
    inside.requests.Fetch,
  )({ ...limits, topics: [{ topic, partitions }] })
  if (request.apiVersion !== VERSION) throw new Error(`Kafka does not support version ${VERSION} of Fetch`)
  return internal.connectionPool.send({ request, requestTimeout, response: { decode, parse: (parsed) => parsed } })
}

async function decode(raw: Buffer): Promise<FetchedPartition[]> {
  const answer = new Decoder(raw)
  answer.readInt32()
  check(answer.readInt16())
  answer.readInt32()
  return answer
    .readArray(() => {
      answer.readString()
      return answer.readArray(partitionIn)
    })
    .flat()
}

function partitionIn(answer: Decoder): FetchedPartition {
  const partition = answer.readInt32()
  check(answer.readInt16())
  const highWatermark = numberIn(answer)
  numberIn(answer)
  numberIn(answer)
  const aborted = answer.readArray(() => ({
    producerId: BigInt(answer.readInt64().toString()),
    firstOffset: numberIn(answer),
  }))
  answer.readInt32()
  return { partition, highWatermark, aborted, records: answer.readBytes() ?? Buffer.alloc(0) }
}

const numberIn = (answer: Decoder): number => Number(answer.readInt64().toString())

function check(errorCode: number): void {
  if (errorCode !== 0) throw createErrorFromCode(errorCode)
}

/** Parts of kafkajs that its types leave out. */
interface Internal {
  lookupRequest(api: number, request: unknown): (asked: object) => { request: Request; requestTimeout: number }
  connectionPool: {
    send<T>(asked: { request: Request; requestTimeout: number; response: Response<T> }): Promise<T>
  }
}

interface Request {
  apiVersion: number
}

interface Response<T> {
  decode: (raw: Buffer) => Promise<T>
  parse: (decoded: T) => T
}
