import type { Message } from '#log/log.ts'
import type { Doc } from '#store/store.ts'

/** One HTTP call as whoever made it saw it. Times are milliseconds of one clock, the same for all clients. */
export interface Call {
  subject: string
  method: string
  path: string
  key: string | null
  /** Of the command it sent, where the key or the answer tells it. */
  commandId: string | null
  startMs: number
  /** When the answer was there, or was waited for no longer. */
  endMs: number
  /** Null: none came. */
  answer: Answer | null
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- what a client was told, whatever that is
  body: any
}

/** What a group had committed of a topic at some time: its next offset of each partition, -1 for none. */
export interface Sample {
  group: string
  topic: string
  offsets: number[]
}

/** All that a run has left: what its clients saw, and what lies in the log and in the store. */
export interface World {
  history: Call[]
  /** The messages of each partition, dead letters among the topics. */
  topics: Record<string, Message[][]>
  /** In the order in which they were taken. */
  committed: Sample[]
  documents: Record<string, Doc[]>
}
