import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import type { Vitals } from './monitor.ts'
import type { Progress } from './progress.ts'

/** A log whose calls are seen to end; not that of `run`, which takes as long as the group's other members let it. */
export function seenLog(log: Log, progress: Progress): Log {
  const seen = <T>(method: string, work: () => Promise<T>): Promise<T> => progress.call(`the log's ${method}`, work)
  return {
    send: (messages) => seen('send', () => log.send(messages)),
    run: (options, handle) => log.run(options, handle),
    read: (at, max, waitMs) => seen('read', () => log.read(at, max, waitMs)),
    bounds: (topic) => seen('bounds', () => log.bounds(topic)),
    since: (topic, timestamp) => seen('since', () => log.since(topic, timestamp)),
    committed: (group, topic) => seen('committed', () => log.committed(group, topic)),
    setOffsets: (group, topic, offsets) => seen('setOffsets', () => log.setOffsets(group, topic, offsets)),
    topics: () => seen('topics', () => log.topics()),
    createTopics: (topics) => seen('createTopics', () => log.createTopics(topics)),
    close: () => log.close(),
  }
}

/** A store whose calls are seen to end, and timed. */
export function seenStore(store: Store, { progress, metrics }: Vitals): Store {
  const seen = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    try {
      return await progress.call(`the store's ${method}`, work)
    } finally {
      metrics.stored(method, (performance.now() - started) / 1000)
    }
  }
  return {
    get: (collection, id) => seen('get', () => store.get(collection, id)),
    getMany: (collection, ids) => seen('getMany', () => store.getMany(collection, ids)),
    insert: (collection, doc) => seen('insert', () => store.insert(collection, doc)),
    patch: (collection, id, change, when) => seen('patch', () => store.patch(collection, id, change, when)),
    remove: (collection, id) => seen('remove', () => store.remove(collection, id)),
    scan: (collection, query) => seen('scan', () => store.scan(collection, query)),
    createCollection: (name, like) => store.createCollection(name, like),
    replaceCollection: (from, to) => store.replaceCollection(from, to),
    dropCollection: (name) => store.dropCollection(name),
    close: () => store.close(),
  }
}
