import type { Log } from '#log/log.ts'
import { around } from '#platform/around.ts'
import type { Store } from '#store/store.ts'
import type { Monitor } from './monitor.ts'
import type { Progress } from './progress.ts'

/** `run` waits for the group's other members, maintenance takes as long as its data, and `close` ends the process. */
const UNWATCHED = new Set(['run', 'createCollection', 'replaceCollection', 'dropCollection', 'close'])

/** A log whose calls are watched to end. */
export const watchedLog = (log: Log, progress: Progress): Log =>
  around(log, (method, call) => (UNWATCHED.has(method) ? call() : progress.call(`the log's ${method}`, call)))

/** A store whose calls are watched to end, and timed. */
export const watchedStore = (store: Store, { progress, metrics }: Monitor): Store =>
  around(store, async (method, call) => {
    if (UNWATCHED.has(method)) return call()
    const started = performance.now()
    try {
      return await progress.call(`the store's ${method}`, call)
    } finally {
      metrics.stored(method, (performance.now() - started) / 1000)
    }
  })
