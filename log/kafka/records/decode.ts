import { decompress } from './codecs.ts'
import { crc32c } from './crc32c.ts'
import { APPEND_TIME, CHECKED_FROM, CODEC, CONTROL, COUNTED_FROM, HEAD_BYTES, MAGIC, TRANSACTIONAL } from './layout.ts'
import { type Bytes, type Header, MAX_BATCH_BYTES, type Message } from '../../log.ts'
import { messageBytes } from '../../message-size.ts'

/**
 * Decodes the record batches of a Fetch answer (https://kafka.apache.org/documentation/#recordbatch). The decoder of kafkajs drops
 * the whole answer for one batch that it cannot decode, merges repeated headers, delivers aborted messages and verifies nothing.
 */

export interface Decoded {
  messages: Content[]
  /** The offset after everything decoded, control batches included. */
  next: number
  /** The first batch that cannot be decoded; the messages before it are complete. */
  damaged: Damage | undefined
}

/** A message without its topic and partition. */
export type Content = Omit<Message, 'topic' | 'partition'>

export interface Damage {
  /** The first and the last offset of the batch. */
  first: number
  last: number
  /** For people. */
  reason: string
}

/** A transaction that was aborted. */
export interface Aborted {
  producerId: bigint
  firstOffset: number
}

/**
 * The messages from `offset` on. Kafka returns whole batches, of which the first may begin earlier and the last may be cut off. Stops
 * after the batch that reaches {@link MAX_BATCH_BYTES}, because a compressed answer may hold a hundred times its size.
 */
export async function decodeBatches(records: Buffer, offset: number, aborted: readonly Aborted[]): Promise<Decoded> {
  const transactions = new Transactions(aborted)
  const messages: Content[] = []
  let next = offset
  let bytes = 0
  for (const batch of batchesIn(records)) {
    if (bytes >= MAX_BATCH_BYTES) break
    const last = batch.firstOffset + batch.lastOffsetDelta
    try {
      if (!transactions.hides(batch)) {
        for (const message of await contentsOf(batch)) {
          if (message.offset < offset) continue
          bytes += messageBytes(message)
          messages.push(message)
        }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { messages, next, damaged: { first: batch.firstOffset, last, reason } }
    }
    next = Math.max(next, last + 1)
  }
  return { messages, next, damaged: undefined }
}

interface RecordBatch {
  bytes: Buffer
  firstOffset: number
  lastOffsetDelta: number
  attributes: number
  producerId: bigint
}

function* batchesIn(records: Buffer): Generator<RecordBatch> {
  for (let at = 0; at + COUNTED_FROM <= records.length;) {
    const end = at + COUNTED_FROM + records.readInt32BE(at + 8)
    if (end > records.length || end < at + COUNTED_FROM) return
    yield batchOf(records.subarray(at, end))
    at = end
  }
}

/** An older format has only the offset at the same place. */
function batchOf(bytes: Buffer): RecordBatch {
  const firstOffset = Number(bytes.readBigInt64BE(0))
  if (magicOf(bytes) !== MAGIC) return { bytes, firstOffset, lastOffsetDelta: 0, attributes: 0, producerId: -1n }
  return {
    bytes,
    firstOffset,
    lastOffsetDelta: bytes.readInt32BE(23),
    attributes: bytes.readInt16BE(21),
    producerId: bytes.readBigInt64BE(43),
  }
}

const magicOf = (bytes: Buffer): number => (bytes.length < HEAD_BYTES ? 0 : bytes.readInt8(16))

async function contentsOf({ bytes, firstOffset, attributes }: RecordBatch): Promise<Content[]> {
  if (magicOf(bytes) !== MAGIC) throw new RangeError('its message format is older than that of Kafka 0.11')
  if (crc32c(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32BE(17)) throw new RangeError('its checksum is wrong')
  const records = new Records(await decompress(attributes & CODEC, bytes.subarray(HEAD_BYTES)))
  const firstTimestamp = Number(bytes.readBigInt64BE(27))
  const appended = attributes & APPEND_TIME ? Number(bytes.readBigInt64BE(35)) : undefined
  const contents: Content[] = []
  for (let left = bytes.readInt32BE(57); left > 0; left--) {
    const { afterMs, offsetDelta, ...content } = records.next()
    contents.push({ offset: firstOffset + offsetDelta, ...content, timestamp: appended ?? firstTimestamp + afterMs })
  }
  return contents
}

/** Which transactions are open and aborted, while the batches pass in order. Kafka lists them in the order of their ends. */
class Transactions {
  readonly #starts: Aborted[]
  readonly #open = new Set<bigint>()

  constructor(aborted: readonly Aborted[]) {
    this.#starts = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether a batch has no messages for readers: it was aborted, or it marks the end of a transaction. */
  hides({ firstOffset, lastOffsetDelta, attributes, producerId }: RecordBatch): boolean {
    const last = firstOffset + lastOffsetDelta
    while (this.#starts[0] && this.#starts[0].firstOffset <= last) this.#open.add(this.#starts.shift()!.producerId)
    if (attributes & CONTROL) {
      this.#open.delete(producerId)
      return true
    }
    return (attributes & TRANSACTIONAL) !== 0 && this.#open.has(producerId)
  }
}

interface DecodedRecord extends Pick<Content, 'key' | 'value' | 'headers'> {
  afterMs: number
  offsetDelta: number
}

/** Reads records one after the other. Throws a RangeError past the end. */
class Records {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  next(): DecodedRecord {
    const length = this.#number()
    const end = this.#at + length
    this.#at += 1
    const [afterMs, offsetDelta] = [this.#number(), this.#number()]
    const [key, value] = [this.#field(), this.#field()]
    const headers: Header[] = []
    for (let left = this.#number(); left > 0; left--) headers.push([this.#text(), this.#field()])
    if (this.#at !== end) throw new RangeError('the length of a record is wrong')
    return { afterMs, offsetDelta, key, value, headers }
  }

  #text(): string {
    const { buffer, byteOffset, length } = this.#field() ?? EMPTY
    return Buffer.from(buffer, byteOffset, length).toString()
  }

  /** A plain view, because a Buffer has its own `slice` and `toJSON`. */
  #field(): Bytes | null {
    const length = this.#number()
    if (length < 0) return null
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('a record is incomplete')
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, length)
  }

  /** A zigzag varint. */
  #number(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('a record is incomplete')
      value += (byte & 127) * factor
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new RangeError('a number of a record is too long')
  }
}

const EMPTY = new Uint8Array()
