import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import type { Monitor } from './monitor.ts'
import type { Progress } from './progress.ts'

/** A log whose calls are watched to end, except `run`, which waits for the group's other members. */
export function watchedLog(log: Log, progress: Progress): Log {
  const watched = <T>(method: string, work: () => Promise<T>): Promise<T> => progress.call(`the log's ${method}`, work)
  return {
    send: (messages) => watched('send', () => log.send(messages)),
    run: (options, handle) => log.run(options, handle),
    read: (at, max, waitMs) => watched('read', () => log.read(at, max, waitMs)),
    bounds: (topic) => watched('bounds', () => log.bounds(topic)),
    since: (topic, timestamp) => watched('since', () => log.since(topic, timestamp)),
    committed: (group, topic) => watched('committed', () => log.committed(group, topic)),
    setOffsets: (group, topic, offsets) => watched('setOffsets', () => log.setOffsets(group, topic, offsets)),
    topics: () => watched('topics', () => log.topics()),
    createTopics: (topics) => watched('createTopics', () => log.createTopics(topics)),
    close: () => log.close(),
  }
}

/** A store whose calls are watched to end, and timed. */
export function watchedStore(store: Store, { progress, metrics }: Monitor): Store {
  const watched = async <T>(method: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    try {
      return await progress.call(`the store's ${method}`, work)
    } finally {
      metrics.stored(method, (performance.now() - started) / 1000)
    }
  }
  return {
    get: (collection, id) => watched('get', () => store.get(collection, id)),
    getMany: (collection, ids) => watched('getMany', () => store.getMany(collection, ids)),
    insert: (collection, doc) => watched('insert', () => store.insert(collection, doc)),
    patch: (collection, id, change, when) => watched('patch', () => store.patch(collection, id, change, when)),
    remove: (collection, id) => watched('remove', () => store.remove(collection, id)),
    scan: (collection, query) => watched('scan', () => store.scan(collection, query)),
    createCollection: (name, like) => store.createCollection(name, like),
    replaceCollection: (from, to) => store.replaceCollection(from, to),
    dropCollection: (name) => store.dropCollection(name),
    close: () => store.close(),
  }
}
