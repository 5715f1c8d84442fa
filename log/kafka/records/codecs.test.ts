import { gzipSync, zstdCompressSync } from 'node:zlib'
import { snappyCompress } from 'hysnappy'
import { describe, expect, test } from 'vitest'
import { decompress, MAX_UNPACKED_BYTES } from './codecs.ts'

const TEXT = Buffer.from('a booking like the others '.repeat(4000))

/** Made by `lz4 -BD -B4 -BX`, the program of the project that defines the format: two linked blocks with checksums. */
const LZ4_OF_TEXT = Buffer.from(
  'BCJNGFRAriUBAAD/C2EgYm9va2luZyBsaWtlIHRoZSBvdGhlcnMgGgD' +
    '/'.repeat(341) +
    'zlBpa2UgdE2vBx6gAAAAD/D' +
    '/'.repeat(201) +
    'vlBoZXJzIE2tF1oAAAAAUVkiBw==',
  'base64',
)

const BLOCK_BYTES = 32 * 1024

/** As the Java library of Kafka writes it. */
function xerial(bytes: Buffer): Buffer {
  const pieces = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = snappyCompress(bytes.subarray(at, at + BLOCK_BYTES))
    const size = Buffer.alloc(4)
    size.writeInt32BE(block.length)
    pieces.push(size, Buffer.from(block))
  }
  return Buffer.concat(pieces)
}

/** LZ4 has no package that compresses here, so its bomb is a frame of matches that repeat one byte. */
function lz4Bomb(): Buffer {
  const match = Buffer.concat([
    Buffer.of(0x1f, 0, 1, 0),
    Buffer.alloc(MAX_UNPACKED_BYTES / 255 + 1, 255),
    Buffer.of(0, 0),
  ])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(match.length)
  return Buffer.concat([LZ4_OF_TEXT.subarray(0, 7), size, match, Buffer.alloc(4)])
}

const BOMB = Buffer.alloc(MAX_UNPACKED_BYTES + 1)

const CASES: [name: string, codec: number, packed: Buffer, bomb: () => Buffer][] = [
  ['gzip', 1, gzipSync(TEXT), () => gzipSync(BOMB)],
  ['snappy in one block', 2, Buffer.from(snappyCompress(TEXT)), () => Buffer.from(snappyCompress(BOMB))],
  ['snappy of Java', 2, xerial(TEXT), () => xerial(BOMB)],
  ['lz4', 3, LZ4_OF_TEXT, lz4Bomb],
  ['zstd', 4, zstdCompressSync(TEXT), () => zstdCompressSync(BOMB)],
]

describe.each(CASES)('%s', (_, codec, packed, bomb) => {
  test('gives the original bytes', async () => {
    expect((await decompress(codec, packed)).equals(TEXT)).toBe(true)
  })

  test('rejects data that is cut off', async () => {
    for (const length of [1, 5, Math.floor(packed.length / 2), packed.length - 9]) {
      await expect(decompress(codec, packed.subarray(0, length))).rejects.toThrow(RangeError)
    }
  })

  test('rejects a small batch with more bytes than the limit', async () => {
    await expect(decompress(codec, bomb())).rejects.toThrow(`more than ${MAX_UNPACKED_BYTES} bytes`)
  })
})

test('rejects an unknown codec', async () => {
  await expect(decompress(5, TEXT)).rejects.toThrow('codec 5 is unknown')
})
