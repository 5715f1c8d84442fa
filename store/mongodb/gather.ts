/**
 * Group commit: writes that come while others are under way go together in one command, as the log's messages do. A group's
 * batch writes some hundred documents, and a round trip for each would take longer than everything else together.
 */
import { type AnyBulkWriteOperation, BSON, MongoBulkWriteError, type Collection as Documents } from 'mongodb'
import type { WriteError } from 'mongodb'
import { isTakenId } from './errors.ts'
import type { Doc } from '../store.ts'

/** Of one command. */
const MOST = 500

/** Bytes. What is larger fills a command by itself, or is too large for MongoDB. */
const LARGE = 2 ** 20

export interface Write {
  /** An insert, or an update with upsert: of these the server's answer tells which were refused. */
  operation: AnyBulkWriteOperation<Doc>
  /** The same by a command of its own, which tells why. False, too, where the id is taken. */
  alone: () => Promise<boolean>
}

interface Waiting extends Write {
  resolve: (done: boolean | Promise<boolean>) => void
  reject: (error: unknown) => void
}

/** The writes of one collection. */
export class Gathering {
  readonly #documents: Documents<Doc>
  readonly #waiting: Waiting[] = []
  #busy = false

  constructor(documents: Documents<Doc>) {
    this.#documents = documents
  }

  /** Settles as `alone` would. In a command of several each is done or refused on its own, in no order. */
  async write(write: Write): Promise<boolean> {
    // What the driver refuses to send it would refuse together with all the others; so it is refused here.
    if (BSON.serialize(write.operation).byteLength > LARGE) return write.alone()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...write, resolve, reject })
      if (!this.#busy) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#busy = true
    // What is called for in one turn of the event loop goes together from the first.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, MOST))
    this.#busy = false
  }

  async #send(writes: Waiting[]): Promise<void> {
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
        // Nothing was done of what was refused: where it is not that the id is taken, it is asked for alone, and told why.
        else write.resolve(why === undefined || (isTakenId(why) ? false : write.alone()))
      }
    }
  }
}

const settle = (write: Waiting): Promise<void> => write.alone().then(write.resolve, write.reject)

/** Undefined where the answer leaves open what became of the others. */
function refusedIn(error: unknown): Map<number, WriteError> | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined
  if (error.result.getWriteConcernError()) return undefined
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return errors.length > 0 ? new Map(errors.map((one) => [one.index, one])) : undefined
}
