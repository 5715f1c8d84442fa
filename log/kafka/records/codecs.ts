import { promisify } from 'node:util'
import { unzip, zstdDecompress, type ZlibOptions, type ZstdOptions } from 'node:zlib'
import { snappyUncompressor } from 'hysnappy'
import { decompressLz4 } from './lz4.ts'

/** The most bytes of a batch once it is decompressed. A small batch of foreign producers could otherwise fill the memory. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024

type Decompress = (packed: Buffer) => Promise<Buffer> | Buffer

const gunzip = promisify<Buffer, ZlibOptions, Buffer>(unzip)
const unzstd = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress)

/** By the number in the attributes of a batch. */
const CODECS: readonly { name: string; decompress: Decompress }[] = [
  { name: 'none', decompress: (packed) => packed },
  { name: 'gzip', decompress: (packed) => gunzip(packed, { maxOutputLength: MAX_UNPACKED_BYTES }) },
  { name: 'snappy', decompress: decompressSnappy },
  { name: 'lz4', decompress: (packed) => decompressLz4(packed, MAX_UNPACKED_BYTES) },
  { name: 'zstd', decompress: (packed) => unzstd(packed, { maxOutputLength: MAX_UNPACKED_BYTES }) },
]

/** @throws an error with a sentence for people, for damaged data, an unknown codec, or more than {@link MAX_UNPACKED_BYTES} */
export async function decompress(codec: number, packed: Buffer): Promise<Buffer> {
  const { name, decompress } = CODECS[codec] ?? {}
  if (decompress === undefined) throw new RangeError(`codec ${codec} is unknown`)
  try {
    return await decompress(packed)
  } catch (error) {
    throw new RangeError(`${name}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error })
  }
}

const TOO_LARGE = `the batch has more than ${MAX_UNPACKED_BYTES} bytes`

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ERR_BUFFER_TOO_LARGE' ? TOO_LARGE : message

/** The Java library of Kafka writes blocks behind this head, each with its length. Other clients write one block without a head. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_BYTES = 16

function decompressSnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return decompressBlock(packed, MAX_UNPACKED_BYTES)
  const blocks: Buffer[] = []
  let left = MAX_UNPACKED_BYTES
  for (let at = XERIAL_BYTES; at < packed.length;) {
    const end = at + 4 + packed.readUInt32BE(at)
    if (end > packed.length) throw new RangeError('a block is incomplete')
    const block = decompressBlock(packed.subarray(at + 4, end), left)
    left -= block.length
    blocks.push(block)
    at = end
  }
  return Buffer.concat(blocks)
}

/** A block begins with its decompressed length. An instance per call, because the memory of WebAssembly never shrinks. */
function decompressBlock(block: Buffer, maxBytes: number): Buffer {
  const length = lengthIn(block)
  if (length > maxBytes) throw new RangeError(TOO_LARGE)
  return Buffer.from(snappyUncompressor()(block, length).buffer)
}

function lengthIn(block: Buffer): number {
  let length = 0
  for (let at = 0, bits = 0; bits < 35; at++, bits += 7) {
    const byte = block.readUInt8(at)
    length += (byte & 127) * 2 ** bits
    if (byte < 128) return length
  }
  throw new RangeError('the length is damaged')
}
