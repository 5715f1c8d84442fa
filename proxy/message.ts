import type { Bytes, Message } from '#log/log.ts'

/** A message as the format writes it. All is text: there is no way to tell nothing from empty, and none to say bytes. */
export interface MessageJson {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: string
  value: string
  headers: { key: string; value: string }[]
}

export function messageJson({ topic, partition, offset, timestamp, key, value, headers }: Message): MessageJson {
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: textOf(key),
    value: textOf(value),
    headers: headers.map(([name, value]) => ({ key: name, value: textOf(value) })),
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const textOf = (bytes: Bytes | null): string => (bytes === null ? '' : decoder.decode(bytes))
