import { Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import { partitionOf } from '../partition.ts'

const KEYS = 3000

test('partitionOf takes the partition that kafkajs takes', () => {
  const differing = keys(KEYS).filter((key) => [1, 3, 16, 1000].some((n) => partitionOf(key, n) !== byKafkajs(key, n)))
  expect(differing).toEqual([])
})

test('partitionOf uses every partition', () => {
  const taken = new Set(keys(KEYS).map((key) => partitionOf(key, 16)))
  expect(taken.size).toBe(16)
})

function byKafkajs(key: string | Uint8Array, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  }))
  const bytes = typeof key === 'string' ? key : Buffer.from(key)
  return Partitioners.DefaultPartitioner()({ topic: 't', partitionMetadata, message: { key: bytes, value: null } })
}

/** Text of many scripts and bytes of any kind, the same at every run. */
function keys(count: number): (string | Uint8Array)[] {
  const next = randomFrom(20_261_121)
  const text = (): string => Array.from({ length: next(20) }, () => ALPHABET[next(ALPHABET.length)]).join('')
  const bytes = (): Uint8Array => Uint8Array.from({ length: next(40) }, () => next(256))
  return Array.from({ length: count }, (_, i) => (i % 2 ? text() : bytes()))
}

const ALPHABET = Array.from('abcxyz0189-_.éßжω予約한🏨🔑\u0000\u{10FFFF}')

function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
