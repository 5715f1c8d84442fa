import type { Log } from '#log/log.ts'
import { around } from '#platform/around.ts'
import type { Store } from '#store/store.ts'

/** A call to the log or the store, or a batch that a group handles. Times are milliseconds of one clock. */
export interface Call {
  what: string
  startMs: number
  /** NaN until it ends. */
  endMs: number
}

/** Records each call to the ports with its times. */
export class Watch {
  calls: Call[] = []

  async timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const call = { what, startMs: performance.now(), endMs: Number.NaN }
    this.calls.push(call)
    try {
      return await work()
    } finally {
      call.endMs = performance.now()
    }
  }

  /** Calls are named after method and collection: `patch listing_documents`. */
  store(store: Store): Store {
    return around(store, (method, call, [collection]) => this.timed(`${method} ${collection as string}`, call))
  }

  /** A send is named after its topic (`send bookings`), the handling of a batch after its group (`handle booking-views`). */
  log(log: Log): Log {
    return around(log, (method, call, args) => {
      if (method === 'run') return call(this.#handled(args as Parameters<Log['run']>))
      return this.timed(method === 'send' ? `send ${topicOf(args as Parameters<Log['send']>)}` : method, call)
    })
  }

  #handled([options, handle]: Parameters<Log['run']>): Parameters<Log['run']> {
    return [options, (batch, lease) => this.timed(`handle ${options.group}`, () => handle(batch, lease))]
  }
}

const topicOf = ([messages]: Parameters<Log['send']>): string | undefined => messages[0]?.topic
