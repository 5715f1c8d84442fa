/**
 * Group commit: writes that arrive while others are in progress go together in one command. A group's batch writes some hundred
 * documents, and a round trip for each would take longer than all other work.
 */
import { type AnyBulkWriteOperation, BSON, MongoBulkWriteError, type Collection as Documents } from 'mongodb'
import type { WriteError } from 'mongodb'
import { isTakenId } from './errors.ts'
import type { Doc } from '../store.ts'

/** The maximum of writes in one command. */
const MOST = 500

/** Bytes. A larger write gets a command of its own, or is too large for MongoDB. */
const LARGE = 2 ** 20

export interface Write {
  /** An insert or an upsert: for these the server's answer shows which were rejected. */
  operation: AnyBulkWriteOperation<Doc>
  /** The same write as a single command, whose error says why. Also false if the id is taken. */
  alone: () => Promise<boolean>
}

interface PendingWrite extends Write {
  resolve: (done: boolean | Promise<boolean>) => void
  reject: (error: unknown) => void
}

/** The writes of one collection. */
export class Gathering {
  readonly #documents: Documents<Doc>
  readonly #waiting: PendingWrite[] = []
  #busy = false

  constructor(documents: Documents<Doc>) {
    this.#documents = documents
  }

  /** Settles as `alone` would. The writes of one command are independent and unordered. */
  async write(write: Write): Promise<boolean> {
    // The driver would reject the whole command for one write that it cannot encode, so that write fails here.
    if (BSON.serialize(write.operation).byteLength > LARGE) return write.alone()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...write, resolve, reject })
      if (!this.#busy) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#busy = true
    // The calls of one turn of the event loop go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, MOST))
    this.#busy = false
  }

  async #send(writes: PendingWrite[]): Promise<void> {
    if (writes.length === 1) return settle(writes[0]!)
    try {
      const operations = writes.map(({ operation }) => operation)
      await this.#documents.bulkWrite(operations, { ordered: false })
      for (const { resolve } of writes) resolve(true)
    } catch (error) {
      const refused = refusedIn(error)
      for (const [i, write] of writes.entries()) {
        const why = refused?.get(i)
        if (!refused) write.reject(error)
        // A rejected write is not done. Unless its id is taken, it is repeated alone to learn why.
        else write.resolve(why === undefined || (isTakenId(why) ? false : write.alone()))
      }
    }
  }
}

const settle = (write: PendingWrite): Promise<void> => write.alone().then(write.resolve, write.reject)

/** Undefined if the answer does not say what happened to the other writes. */
function refusedIn(error: unknown): Map<number, WriteError> | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined
  if (error.result.getWriteConcernError()) return undefined
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return errors.length > 0 ? new Map(errors.map((one) => [one.index, one])) : undefined
}
