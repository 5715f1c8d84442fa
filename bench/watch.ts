import type { Handler, Log, RunOptions } from '#log/log.ts'
import type { Store } from '#store/store.ts'

/** A call to the log or the store, or a batch handed to a group. Milliseconds of one clock. */
export interface Call {
  what: string
  startMs: number
  /** NaN as long as it is under way. */
  endMs: number
}

/** Writes down what goes through the ports, and when. */
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
    return this.#watched(store, (method, [collection]) => `${method} ${collection as string}`)
  }

  /** Sends are named after their topic, `send bookings`; what a group does with a batch after the group, `handle booking-views`. */
  log(log: Log): Log {
    const run = (options: RunOptions, handle: Handler) => {
      const handled: Handler = (batch, lease) => this.timed(`handle ${options.group}`, () => handle(batch, lease))
      return log.run(options, handled)
    }
    const watched = this.#watched(log, (method, [messages]) =>
      method === 'send' ? `send ${(messages as { topic: string }[])[0]?.topic}` : method,
    )
    return new Proxy(watched, { get: (target, method) => (method === 'run' ? run : Reflect.get(target, method)) })
  }

  #watched<T extends object>(port: T, nameOf: (method: string, given: unknown[]) => string): T {
    return new Proxy(port, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as (...given: unknown[]) => Promise<unknown>
        return (...given: unknown[]) => this.timed(nameOf(String(method), given), () => call.apply(target, given))
      },
    })
  }
}
