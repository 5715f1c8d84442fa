/** What the driver reaches into kafkajs for, beyond its published types. kafkajs 2.2.4 is its last release: this stays as it is. */

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    readVarIntArray: <T>(this: Decoder, reader: (decoder: Decoder) => T) => T[]
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
  const inside: { requests: { Metadata: unknown } }
  export default inside
}

declare module 'kafkajs/src/network/connection.js' {
  class Connection {
    connect: (this: Connection) => Promise<boolean>
  }
  export default Connection
}

declare module 'kafkajs/src/broker/index.js' {
  class Broker {
    fetch: (this: Broker, request: unknown) => Promise<{ responses: { partitions: FetchedPartition[] }[] }>
  }
  interface FetchedPartition {
    partition: number
    highWatermark: string
    abortedTransactions?: { producerId: string; firstOffset: string }[] | null
    messages: FetchedMessage[]
  }
  interface FetchedMessage {
    offset: string
    timestamp: string
    key: Buffer | null
    value: Buffer | null
    headers?: object
    isControlRecord?: boolean
    batchContext?: { producerId: string; inTransaction: boolean }
  }
  export default Broker
  export type { FetchedMessage, FetchedPartition }
}
