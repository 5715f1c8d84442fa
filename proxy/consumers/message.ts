import type { Message } from '#log/log.ts'
import { encode, type Encoding } from '../http/encoding.ts'

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

/** The same with all its bytes: in base64, and `null` where there is no key or no value. */
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
    headers: headers.map(([name, value]) => ({ key: name, value: encode(value, encoding)! })),
  }
}
