import type { Partition } from './topics.ts'
import type { Handler, Lease, Message } from '../log.ts'
import { BackOff } from '#platform/deadline.ts'

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 5000

export interface Feed {
  partition: Partition
  /** The group's committed offset, -1 if there is none. */
  committed: number
  read: (partition: Partition, offset: number) => Message[]
  handle: Handler
  lease: Lease
  /** Stops before the next batch; the running handler may still commit. */
  halt: AbortSignal
}

/** Delivers a partition to its handler, batch by batch, until it is halted. Never rejects. */
export async function feed({ partition, committed, read, handle, lease, halt }: Feed): Promise<void> {
  let next = startOf(partition, committed)
  const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
  while (!halt.aborted) {
    next = Math.max(next, partition.first)
    const messages = read(partition, next)
    if (messages.length === 0) {
      await partition.grown(halt)
    } else if (
      await succeeds(() => handle({ topic: partition.topic, partition: partition.partition, messages }, lease))
    ) {
      next = messages.at(-1)!.offset + 1
      backOff.reset()
      await breath()
    } else {
      await backOff.pause(halt)
    }
  }
}

/** A group whose offset is out of range starts at the oldest message, as on Kafka: repeated is better than lost. */
function startOf({ first, end }: Partition, committed: number): number {
  return committed >= first && committed <= end ? committed : first
}

/** The handler's error is dropped: the port promises only that the messages are delivered again. */
async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch {
    return false
  }
}

/** A handler that never waits would otherwise block the event loop while it catches up. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
