/** The internals of kafkajs that the driver uses. kafkajs 2.2.4 is its last release, so they do not change. */

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    constructor(bytes: Buffer)
    readInt16(): number
    readInt32(): number
    readInt64(): { toString(): string }
    readString(): string | null
    readBytes(): Buffer | null
    readArray<T>(reader: (decoder: Decoder) => T): T[]
  }
  export default Decoder
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  class RequestQueue {
    pending: unknown[]
    throttledUntil: number
    throttleCheckTimeoutId: NodeJS.Timeout | null
    checkPendingRequests(): void
    scheduleCheckPendingRequests(): void
  }
  export default RequestQueue
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  const inside: { requests: { Metadata: unknown; Fetch: unknown } }
  export default inside
}

declare module 'kafkajs/src/network/connection.js' {
  class Connection {
    connect: (this: Connection) => Promise<boolean>
  }
  export default Connection
}

declare module 'kafkajs/src/protocol/error.js' {
  export function createErrorFromCode(code: number): Error
}

declare module 'kafkajs/src/protocol/requests/produce/v3/request.js' {
  import type { Produced } from 'kafkajs/src/broker/index.js'
  export default function produce(produced: Produced): { encode: () => Promise<{ buffer: Buffer }> }
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32c(bytes: Buffer): number
}

declare module 'kafkajs/src/broker/index.js' {
  class Broker {
    lookupRequest: LookupRequest
    produce: (this: Broker, produced: Produced) => Promise<unknown>
  }
  /** As loose as what kafkajs takes. */
  interface Produced {
    acks?: number | undefined
    timeout?: number | undefined
    compression?: number | undefined
    transactionalId?: string | undefined
    producerId?: string | number | undefined
    producerEpoch?: number | undefined
    topicData: readonly { topic: string; partitions: readonly ProducedPartition[] }[]
  }
  interface ProducedPartition {
    partition: number
    firstSequence?: number
    messages: readonly ProducedMessage[]
  }
  interface ProducedMessage {
    key?: Text
    value: Text
    headers?: Record<string, Text | Text[]>
    timestamp?: string
  }
  type Text = string | Buffer | null | undefined
  type LookupRequest = (
    api: number,
    versions: unknown,
  ) => (asked: object) => { request: { apiVersion: number }; response: object }
  export default Broker
  export type { Produced, ProducedMessage, ProducedPartition, Text }
}
