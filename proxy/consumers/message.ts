import type { Message } from '#log/log.ts'
import { encode, type Encoding } from '../http/encoding.ts'

/** A message in a response, as text. An absent key or value is `''`, as an empty one; an absent value of a header is `null`. */
export interface MessageJson {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: string
  value: string
  headers: { key: string; value: string | null }[]
}

/** As {@link MessageJson}, in base64: an absent key or value is `null`. */
export type BinaryMessageJson = Omit<MessageJson, 'key' | 'value'> & { key: string | null; value: string | null }

export function messageJson(message: Message, encoding: Encoding = 'text'): BinaryMessageJson {
  const { topic, partition, offset, timestamp, key, value, headers } = message
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: encode(key, encoding),
    value: encode(value, encoding),
    headers: headers.map(([name, value]) => ({ key: name, value: value && encode(value, encoding) })),
  }
}
