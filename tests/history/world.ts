import type { Message } from '#log/log.ts'
import type { Doc } from '#store/store.ts'

/** One HTTP call as its client saw it. All clients use one clock, in milliseconds. */
export interface Call {
  subject: string
  method: string
  path: string
  key: string | null
  /** Id of the command it sent, known from the key or the answer. */
  commandId: string | null
  startMs: number
  /** Time of the answer or of the timeout. */
  endMs: number
  /** Null if there was none. */
  answer: Answer | null
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON that a client may receive
  body: any
}

/** The offsets that a group had committed in a topic at one time: the next offset of each partition, -1 for none. */
export interface Sample {
  group: string
  topic: string
  offsets: number[]
}

/** The result of a run: the calls of its clients, the messages of the log and the documents of the store. */
export interface World {
  history: Call[]
  /** The messages of each partition of each topic, dead letters included. */
  topics: Record<string, Message[][]>
  /** In the order of their samples. */
  committed: Sample[]
  documents: Record<string, Doc[]>
}
