/**
 * Decompresses LZ4 frames, the format of Kafka's codec 3 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Checksums
 * of the frame are not verified: the record batch has one of its own.
 */

const MAGIC = 0x184d2204

/** Bits of the frame descriptor's flags. */
const BLOCK_CHECKSUMS = 0x10
const CONTENT_SIZE = 0x08
const CONTENT_CHECKSUM = 0x04
const DICTIONARY = 0x01

const UNCOMPRESSED_BLOCK = 0x80000000
const HEAD_BYTES = 7
const MIN_MATCH = 4

/** @throws RangeError for damaged data, or for more than `maxBytes` of output */
export function decompressLz4(frames: Buffer, maxBytes: number): Buffer {
  const output = new Output(maxBytes)
  let at = 0
  while (at < frames.length) at = readFrame(frames, at, output)
  return output.bytes()
}

/** Returns where the frame ends. */
function readFrame(frames: Buffer, from: number, output: Output): number {
  if (frames.readUInt32LE(from) !== MAGIC) throw damaged('it is not an LZ4 frame')
  const flags = frames.readUInt8(from + 4)
  if (flags & DICTIONARY) throw damaged('it needs a dictionary')
  let at = from + HEAD_BYTES + (flags & CONTENT_SIZE ? 8 : 0)
  for (;;) {
    const size = frames.readUInt32LE(at)
    at += 4
    if (size === 0) return at + (flags & CONTENT_CHECKSUM ? 4 : 0)
    const end = at + (size & ~UNCOMPRESSED_BLOCK)
    if (end > frames.length) throw damaged('a block is incomplete')
    if (size >= UNCOMPRESSED_BLOCK) output.append(frames, at, end)
    else readBlock(frames, at, end, output)
    at = end + (flags & BLOCK_CHECKSUMS ? 4 : 0)
  }
}

/** A block is a list of sequences: a run of literal bytes, and a match that repeats earlier output. The last has no match. */
function readBlock(block: Buffer, from: number, end: number, output: Output): void {
  let at = from
  const byte = (): number => {
    if (at >= end) throw damaged('a block is incomplete')
    return block[at++]!
  }
  const extended = (length: number): number => {
    if (length < 15) return length
    for (let more = 255; more === 255; length += more) more = byte()
    return length
  }
  while (at < end) {
    const token = byte()
    const literals = extended(token >> 4)
    if (at + literals > end) throw damaged('a block is incomplete')
    output.append(block, at, at + literals)
    at += literals
    if (at === end) return
    const distance = byte() | (byte() << 8)
    output.repeat(distance, extended(token & 15) + MIN_MATCH)
  }
}

const FIRST_BYTES = 64 * 1024

/** Grows by doubling, up to a limit. */
class Output {
  readonly #maxBytes: number
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  append(from: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    from.copy(this.#buffer, this.#length, start, end)
    this.#length += end - start
  }

  /** The match may overlap its own output, so that a short pattern repeats. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw damaged('a match begins before the data')
    this.#reserve(length)
    const buffer = this.#buffer
    const end = this.#length + length
    if (distance >= length) buffer.copyWithin(this.#length, this.#length - distance, this.#length - distance + length)
    else for (let at = this.#length; at < end; at++) buffer[at] = buffer[at - distance]!
    this.#length = end
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed > this.#maxBytes) throw new RangeError(`the batch has more than ${this.#maxBytes} bytes`)
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

const damaged = (how: string): RangeError => new RangeError(`the LZ4 data is damaged: ${how}`)
