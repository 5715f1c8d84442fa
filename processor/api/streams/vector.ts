import type { Log } from '#log/log.ts'

/** The position of a reader of the whole log of record: the next offset of each partition. As text, `12.0.7`. */
export type Vector = number[]

export const formatVector = (vector: Vector): string => vector.join('.')

/** Null if the text is not the vector of a log with so many partitions. */
export function parseVector(text: string, partitions: number): Vector | null {
  const parts = text.split('.')
  return parts.length === partitions && parts.every((part) => /^\d{1,15}$/.test(part)) ? parts.map(Number) : null
}

export async function endOf(log: Log, topic: string): Promise<Vector> {
  return (await log.bounds(topic)).map(({ end }) => end)
}
