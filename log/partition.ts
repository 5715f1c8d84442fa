/**
 * Which partition a key belongs to: murmur2 as the Java client, kafkajs and every other Kafka client have it, so that a
 * message lands where any of them would put it.
 */
export function partitionOf(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key
  return (murmur2(bytes) & 0x7fffffff) % partitions
}

/** The given partition, else the partition of the key, else whatever `keyless` returns. Does not check the range. */
export function choosePartition(
  { partition, key }: { partition?: number | undefined; key?: string | Uint8Array | null },
  partitions: number,
  keyless: () => number,
): number {
  return partition ?? (key == null ? keyless() : partitionOf(key, partitions))
}

const encoder = new TextEncoder()

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Austin Appleby's MurmurHash2, 32 bits, with the seed that Kafka fixed. */
function murmur2(bytes: Uint8Array): number {
  const tail = bytes.length & ~3
  let h = SEED ^ bytes.length
  for (let i = 0; i < tail; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    const k = Math.imul(word, M)
    h = Math.imul(h, M) ^ Math.imul(k ^ (k >>> 24), M)
  }
  if (bytes.length > tail) {
    for (let i = bytes.length - 1; i >= tail; i--) h ^= bytes[i]! << (8 * (i - tail))
    h = Math.imul(h, M)
  }
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}
